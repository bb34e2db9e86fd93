//! The settings, read once and checked once: parts that all services read alike, and this service's own.

use anyhow::{Context as _, ensure};
use bus::BusSettings;
use chassis::settings::{self, Process, Settings, Variable};
use domain::calendar::{DayTime, OpeningHours, SlotMinutes};
use edge::IdentitySettings;
use secrecy::SecretString;
use serde::Deserialize;
use store::StoreSettings;

use crate::storage::SCHEMA;

/// The name of this service.
pub const SERVICE: &str = "slot-scheduler";

/// Everything that the environment says.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it runs, and how it logs.
    pub process: Process,
    /// How to reach PostgreSQL.
    pub store: StoreSettings,
    /// How to reach Kafka.
    pub bus: BusSettings,
    /// Who may call.
    pub identity: IdentitySettings,
    /// What only this service asks for.
    pub own: Own,
}

/// What only this service asks for.
#[derive(Clone, Debug, Deserialize)]
pub struct Own {
    /// Port of the gRPC server.
    pub grpc_port: u16,
    /// Port of health and metrics.
    pub ops_port: u16,
    /// Where Redis is.
    pub redis_url: SecretString,
    /// Opening hour of the first branch, UTC.
    pub business_open_hour: u16,
    /// Opening minute of the first branch.
    pub business_open_min: u16,
    /// Closing hour of the first branch, UTC.
    pub business_close_hour: u16,
    /// Closing minute of the first branch.
    pub business_close_min: u16,
}

/// What the program says about itself.
pub const ABOUT: Settings<'_> = Settings {
    service: SERVICE,
    version: env!("CARGO_PKG_VERSION"),
    about: "Capacity-based time slots: holds kitchen time for orders, and never sells it twice.",
    variables: &[
        Process::VARIABLES,
        Own::VARIABLES,
        StoreSettings::VARIABLES,
        BusSettings::VARIABLES,
        IdentitySettings::VARIABLES,
    ],
    commands: &[],
};

impl Config {
    /// Reads the environment.
    pub fn from_env() -> anyhow::Result<Self> {
        let config = Self {
            process: Process::from_env()?,
            store: StoreSettings::from_env(SCHEMA, SERVICE)?,
            bus: BusSettings::from_env(SERVICE)?,
            identity: IdentitySettings::from_env()?,
            own: settings::read(Own::VARIABLES)?,
        };
        ensure!(config.store.pool_size > 1, "DATABASE_POOL_SIZE must be above 1");
        config.own.first_hours()?;
        Ok(config)
    }
}

impl Own {
    /// What it reads.
    pub const VARIABLES: &[Variable] = &[
        Variable::new("GRPC_PORT", "50052", "port of the gRPC server"),
        Variable::new("OPS_PORT", "9052", "port of /healthz, /readyz and /metrics"),
        Variable::new("REDIS_URL", "redis://127.0.0.1:6379", "Redis, for loads and holds"),
        Variable::new(
            "BUSINESS_OPEN_HOUR",
            "0",
            "opening hour, UTC, of the branch that a fresh system begins with",
        ),
        Variable::new("BUSINESS_OPEN_MIN", "0", "its opening minute"),
        Variable::new("BUSINESS_CLOSE_HOUR", "23", "its closing hour, UTC; 23:59 means midnight"),
        Variable::new("BUSINESS_CLOSE_MIN", "59", "its closing minute"),
    ];

    /// Opening hours of the branch that a fresh system begins with.
    pub fn first_hours(&self) -> anyhow::Result<OpeningHours> {
        let open = day_time(self.business_open_hour, self.business_open_min)
            .context("BUSINESS_OPEN_HOUR and _MIN are no time of day")?;
        let close = day_time(self.business_close_hour, self.business_close_min)
            .context("BUSINESS_CLOSE_HOUR and _MIN are no time of day")?;
        let hours = OpeningHours::daily(open, close).validated(SlotMinutes::DEFAULT);
        hours.context("BUSINESS_OPEN_* and BUSINESS_CLOSE_*")
    }
}

fn day_time(hour: u16, minute: u16) -> Option<DayTime> {
    let minutes = hour.checked_mul(60)?.checked_add(minute).filter(|_| minute < 60)?;
    DayTime::from_minutes(minutes)
}
