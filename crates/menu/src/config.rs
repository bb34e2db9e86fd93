//! The settings: one flat struct, read once and checked once.

use anyhow::ensure;
use bus::BusSettings;
use chassis::settings::{self, Settings, Variable};
use chassis::telemetry::LogFormat;
use secrecy::SecretString;
use serde::Deserialize;
use store::StoreSettings;

/// The name of this service.
pub const SERVICE: &str = "menu";

/// The PostgreSQL schema of this service.
pub const SCHEMA: &str = "menu";

/// Everything that the environment says.
#[derive(Clone, Debug, Deserialize)]
pub struct Config {
    /// `production` or `development`.
    pub env: String,
    /// Address to listen at.
    pub host: String,
    /// Port of the gRPC server.
    pub grpc_port: u16,
    /// Port of health and metrics.
    pub ops_port: u16,
    /// Where PostgreSQL is.
    pub database_url: SecretString,
    /// Connections to PostgreSQL at most.
    pub database_pool_size: usize,
    /// Where Redis is.
    pub redis_url: SecretString,
    /// Where Kafka is.
    pub kafka_brokers: String,
    /// SASL user.
    pub kafka_username: Option<String>,
    /// SASL password.
    pub kafka_password: Option<SecretString>,
    /// Certificate authority of the brokers: a path, or the PEM itself.
    pub kafka_ca_cert: Option<String>,
    /// What topics of this deployment begin with.
    #[serde(default)]
    pub kafka_topic_prefix: String,
    /// Key that staff tokens are verified with: PEM, or a path to it.
    pub jwt_public_key: String,
    /// Secret that services sign their own calls with.
    pub internal_secret: SecretString,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Which log lines are written.
    pub rust_log: String,
}

const fn variable(name: &'static str, default: &'static str, about: &'static str) -> Variable {
    Variable { name, default, about }
}

/// What the environment may say, for `--help`.
pub const VARIABLES: &[Variable] = &[
    variable("ENV", "production", "production, or development: weak secrets are accepted"),
    variable("HOST", "0.0.0.0", "address to listen at"),
    variable("GRPC_PORT", "50054", "port of the gRPC server"),
    variable("OPS_PORT", "9054", "port of /healthz, /readyz and /metrics"),
    variable("DATABASE_URL", "", "PostgreSQL; this service's tables are in the schema menu (required)"),
    variable("DATABASE_POOL_SIZE", "8", "connections to PostgreSQL at most"),
    variable("REDIS_URL", "redis://127.0.0.1:6379", "Redis, for menu:full"),
    variable("KAFKA_BROKERS", "127.0.0.1:9092", "Kafka brokers, comma-separated"),
    variable("KAFKA_USERNAME", "", "SASL/PLAIN user"),
    variable("KAFKA_PASSWORD", "", "SASL/PLAIN password"),
    variable("KAFKA_CA_CERT", "", "certificate authority of the brokers: a path, or the PEM itself"),
    variable("KAFKA_TOPIC_PREFIX", "", "what the names of topics begin with"),
    variable("JWT_PUBLIC_KEY", "", "public key of staff tokens: PEM, or a path to it (required)"),
    variable("INTERNAL_SECRET", "", "secret that services sign their calls with (required)"),
    variable("LOG_FORMAT", "auto", "json, pretty, or auto: pretty on a terminal"),
    variable("RUST_LOG", "info", "which log lines are written"),
];

/// What the program says about itself.
pub const ABOUT: Settings<'_> = Settings {
    service: SERVICE,
    version: env!("CARGO_PKG_VERSION"),
    about: "The menu: what can be sold, at what price, now.",
    variables: VARIABLES,
    commands: &[],
};

impl Config {
    /// Reads the environment.
    pub fn from_env() -> anyhow::Result<Self> {
        let config: Self = settings::read(VARIABLES)?;
        ensure!(config.database_pool_size > 0, "DATABASE_POOL_SIZE must be above 0");
        Ok(config)
    }

    /// Whether weak secrets are accepted.
    pub fn is_development(&self) -> bool {
        self.env == "development"
    }

    /// How to reach PostgreSQL.
    pub fn store(&self) -> StoreSettings {
        let pool_size = self.database_pool_size;
        StoreSettings { pool_size, ..StoreSettings::new(self.database_url.clone(), SCHEMA) }
    }

    /// How to reach Kafka.
    pub fn bus(&self) -> BusSettings {
        BusSettings {
            username: self.kafka_username.clone(),
            password: self.kafka_password.clone(),
            ca_cert: self.kafka_ca_cert.clone(),
            topic_prefix: self.kafka_topic_prefix.clone(),
            ..BusSettings::new(&self.kafka_brokers, SERVICE)
        }
    }
}
