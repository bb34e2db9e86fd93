//! The settings, read once and checked once: parts that all services read alike, and this service's own.

use bus::BusSettings;
use chassis::settings::{self, Process, Settings, Variable};
use edge::IdentitySettings;
use secrecy::SecretString;
use serde::Deserialize;
use store::StoreSettings;

/// The name of this service.
pub const SERVICE: &str = "menu";

/// The PostgreSQL schema of this service.
pub const SCHEMA: &str = "menu";

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
}

/// What the program says about itself.
pub const ABOUT: Settings<'_> = Settings {
    service: SERVICE,
    version: env!("CARGO_PKG_VERSION"),
    about: "The menu: what can be sold, at what price, now.",
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
        Ok(Self {
            process: Process::from_env()?,
            store: StoreSettings::from_env(SCHEMA, SERVICE)?,
            bus: BusSettings::from_env(SERVICE)?,
            identity: IdentitySettings::from_env()?,
            own: settings::read(Own::VARIABLES)?,
        })
    }
}

impl Own {
    /// What it reads.
    pub const VARIABLES: &[Variable] = &[
        Variable::new("GRPC_PORT", "50054", "port of the gRPC server"),
        Variable::new("OPS_PORT", "9054", "port of /healthz, /readyz and /metrics"),
        Variable::new("REDIS_URL", "redis://127.0.0.1:6379", "Redis, for menu:full"),
    ];
}
