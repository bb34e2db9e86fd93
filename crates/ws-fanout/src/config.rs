//! The settings, read once and checked once: parts that all services read alike, and this service's own.

use anyhow::ensure;
use bus::BusSettings;
use chassis::settings::{self, Process, Settings, Variable};
use chrono::TimeDelta;
use edge::IdentitySettings;
use serde::Deserialize;

use crate::app::live::HistoryLimits;
use crate::app::outbox::QueueLimits;

/// This service's name.
pub const SERVICE: &str = "ws-fanout";

/// Everything that the environment says.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it runs, and how it logs.
    pub process: Process,
    /// How to reach Kafka.
    pub bus: BusSettings,
    /// Who may call, and as whom neighbours are called.
    pub identity: IdentitySettings,
    /// What only this service asks for.
    pub own: Own,
}

/// What only this service asks for.
#[derive(Clone, Debug, Deserialize)]
pub struct Own {
    /// Port of the sockets.
    pub port: u16,
    /// Port of health and metrics.
    pub ops_port: u16,
    /// Where the order book is.
    pub order_consumer_url: String,
    /// Pages of which origins may open sockets.
    #[serde(default)]
    pub allowed_origins: String,
    /// Sockets at once.
    pub max_sockets: usize,
    /// Frames that may wait for one socket.
    pub socket_queue_frames: usize,
    /// Bytes that may wait for one socket.
    pub socket_queue_bytes: usize,
    /// Events of a branch that a client may have missed.
    pub history_events: usize,
    /// Minutes that a client may have been away.
    pub history_minutes: u32,
}

/// What the program says about itself.
pub const ABOUT: Settings<'_> = Settings {
    service: SERVICE,
    version: env!("CARGO_PKG_VERSION"),
    about: "Live streams to tablets and dashboards: every order event, once, in order, to whoever may see it.",
    variables: &[Process::VARIABLES, Own::VARIABLES, BusSettings::VARIABLES, IdentitySettings::VARIABLES],
    commands: &[],
};

impl Config {
    /// Reads the environment.
    pub fn from_env() -> anyhow::Result<Self> {
        let config = Self {
            process: Process::from_env()?,
            bus: BusSettings::from_env(SERVICE)?,
            identity: IdentitySettings::from_env()?,
            own: settings::read(Own::VARIABLES)?,
        };
        config.own.check()?;
        Ok(config)
    }
}

impl Own {
    /// What it reads.
    pub const VARIABLES: &[Variable] = &[
        Variable::new("PORT", "8081", "port of the sockets"),
        Variable::new("OPS_PORT", "9081", "port of /healthz, /readyz and /metrics"),
        Variable::new("ORDER_CONSUMER_URL", "http://127.0.0.1:50053", "the order book"),
        Variable::new(
            "ALLOWED_ORIGINS",
            "",
            "origins whose pages may open sockets, comma-separated; * is any",
        ),
        Variable::new("MAX_SOCKETS", "10000", "sockets at once; one more is sent elsewhere"),
        Variable::new(
            "SOCKET_QUEUE_FRAMES",
            "1000",
            "frames that may wait for one socket before it is closed",
        ),
        Variable::new(
            "SOCKET_QUEUE_BYTES",
            "1048576",
            "bytes that may wait for one socket before it is closed",
        ),
        Variable::new(
            "HISTORY_EVENTS",
            "20000",
            "events of a branch that a client may have missed and still resumes",
        ),
        Variable::new("HISTORY_MINUTES", "15", "minutes that a client may have been away and still resumes"),
    ];

    /// How much history is kept.
    pub fn history(&self) -> HistoryLimits {
        HistoryLimits {
            events: self.history_events,
            age: TimeDelta::minutes(i64::from(self.history_minutes)),
        }
    }

    /// How much may wait for one socket.
    pub const fn queue(&self) -> QueueLimits {
        QueueLimits { frames: self.socket_queue_frames, bytes: self.socket_queue_bytes }
    }

    fn check(&self) -> anyhow::Result<()> {
        ensure!(self.max_sockets > 0, "MAX_SOCKETS must be above 0");
        ensure!(self.socket_queue_frames > 0, "SOCKET_QUEUE_FRAMES must be above 0");
        ensure!(self.socket_queue_bytes >= 1024, "SOCKET_QUEUE_BYTES must be at least 1024");
        ensure!((1..=24 * 60).contains(&self.history_minutes), "HISTORY_MINUTES must be 1..=1440");
        Ok(())
    }
}
