//! The settings, read once and checked once: parts that all services read alike, and this service's own.

use anyhow::ensure;
use bus::BusSettings;
use chassis::settings::{self, Process, Settings, Variable};
use edge::IdentitySettings;
use secrecy::SecretString;
use serde::Deserialize;

/// The name of this service.
pub const SERVICE: &str = "order-gateway";

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
    /// Port of REST.
    pub port: u16,
    /// Port of gRPC.
    pub grpc_port: u16,
    /// Port of health and metrics.
    pub ops_port: u16,
    /// Where slot-scheduler is.
    pub slot_scheduler_url: String,
    /// Where order-consumer is.
    pub order_consumer_url: String,
    /// Where menu is.
    pub menu_url: String,
    /// Where Redis is.
    pub redis_url: SecretString,
    /// Origins of pages that may call from a browser.
    #[serde(default)]
    pub cors_origins: String,
    /// How many orders may be in placement at once.
    pub orders_at_once: usize,
    /// How many orders may be watched at once.
    pub watches_at_once: usize,
}

/// What the program says about itself.
pub const ABOUT: Settings<'_> = Settings {
    service: SERVICE,
    version: env!("CARGO_PKG_VERSION"),
    about: "The edge of the system: takes orders over gRPC and REST, and answers when they are safe.",
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
        ensure!(config.own.orders_at_once > 0, "ORDERS_AT_ONCE must be above 0");
        ensure!(
            config.process.is_development() || config.own.cors_origins.trim() != "*",
            "CORS_ORIGINS may be * in development only"
        );
        Ok(config)
    }
}

impl Own {
    /// What it reads.
    pub const VARIABLES: &[Variable] = &[
        Variable::new("PORT", "8080", "port of REST"),
        Variable::new("GRPC_PORT", "50051", "port of gRPC"),
        Variable::new("OPS_PORT", "9051", "port of /healthz, /readyz and /metrics"),
        Variable::new("SLOT_SCHEDULER_URL", "http://127.0.0.1:50052", "where slot-scheduler is"),
        Variable::new("ORDER_CONSUMER_URL", "http://127.0.0.1:50053", "where order-consumer is"),
        Variable::new("MENU_URL", "http://127.0.0.1:50054", "where menu is"),
        Variable::new("REDIS_URL", "redis://127.0.0.1:6379", "Redis, for hints that an order has changed"),
        Variable::new(
            "CORS_ORIGINS",
            "",
            "origins of pages that may call, comma-separated; * in development",
        ),
        Variable::new("ORDERS_AT_ONCE", "512", "orders in placement at once; more are refused"),
        Variable::new("WATCHES_AT_ONCE", "2000", "orders watched at once; more are refused"),
    ];
}
