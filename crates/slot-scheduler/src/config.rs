//! The settings: one flat struct, read once and checked once.

use anyhow::{Context as _, ensure};
use bus::BusSettings;
use chassis::settings::{self, Settings, Variable};
use chassis::telemetry::LogFormat;
use domain::calendar::{DayTime, OpeningHours, SlotMinutes};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use store::StoreSettings;

use crate::storage::SCHEMA;

/// Everything that the environment says.
#[derive(Debug, Deserialize)]
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
    #[serde(deserialize_with = "secret")]
    pub database_url: SecretString,
    /// Connections to PostgreSQL at most.
    pub database_pool_size: usize,
    /// Where Redis is.
    #[serde(deserialize_with = "secret")]
    pub redis_url: SecretString,
    /// Where Kafka is.
    pub kafka_brokers: String,
    /// SASL user.
    pub kafka_username: Option<String>,
    /// SASL password.
    #[serde(default, deserialize_with = "optional_secret")]
    pub kafka_password: Option<SecretString>,
    /// Certificate authority of the brokers: a path, or the PEM itself.
    pub kafka_ca_cert: Option<String>,
    /// What topics and groups of this deployment begin with.
    #[serde(default)]
    pub kafka_topic_prefix: String,
    /// Key that staff tokens are verified with: PEM, or a path to it.
    pub jwt_public_key: String,
    /// Secret that services sign their own calls with.
    #[serde(deserialize_with = "secret")]
    pub internal_secret: SecretString,
    /// Opening hour of the first branch, UTC.
    pub business_open_hour: u16,
    /// Opening minute of the first branch.
    pub business_open_min: u16,
    /// Closing hour of the first branch, UTC.
    pub business_close_hour: u16,
    /// Closing minute of the first branch.
    pub business_close_min: u16,
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
    variable("GRPC_PORT", "50052", "port of the gRPC server"),
    variable("OPS_PORT", "9052", "port of /healthz, /readyz and /metrics"),
    variable("DATABASE_URL", "", "PostgreSQL; this service's tables are in the schema slots (required)"),
    variable("DATABASE_POOL_SIZE", "8", "connections to PostgreSQL at most"),
    variable("REDIS_URL", "redis://127.0.0.1:6379", "Redis, for loads and holds"),
    variable("KAFKA_BROKERS", "127.0.0.1:9092", "Kafka brokers, comma-separated"),
    variable("KAFKA_USERNAME", "", "SASL/PLAIN user"),
    variable("KAFKA_PASSWORD", "", "SASL/PLAIN password"),
    variable("KAFKA_CA_CERT", "", "certificate authority of the brokers: a path, or the PEM itself"),
    variable("KAFKA_TOPIC_PREFIX", "", "what the names of topics and groups begin with"),
    variable("JWT_PUBLIC_KEY", "", "public key of staff tokens: PEM, or a path to it (required)"),
    variable("INTERNAL_SECRET", "", "secret that services sign their calls with (required)"),
    variable("BUSINESS_OPEN_HOUR", "0", "opening hour, UTC, of the branch that a fresh system begins with"),
    variable("BUSINESS_OPEN_MIN", "0", "its opening minute"),
    variable("BUSINESS_CLOSE_HOUR", "23", "its closing hour, UTC; 23:59 means midnight"),
    variable("BUSINESS_CLOSE_MIN", "59", "its closing minute"),
    variable("LOG_FORMAT", "auto", "json, pretty, or auto: pretty on a terminal"),
    variable("RUST_LOG", "info", "which log lines are written"),
];

/// What the program says about itself.
pub const ABOUT: Settings<'_> = Settings {
    service: "slot-scheduler",
    version: env!("CARGO_PKG_VERSION"),
    about: "Capacity-based time slots: holds kitchen time for orders, and never sells it twice.",
    variables: VARIABLES,
    commands: &[],
};

impl Config {
    /// Reads the environment.
    pub fn from_env() -> anyhow::Result<Self> {
        let config: Self = settings::read(VARIABLES)?;
        ensure!(config.database_pool_size > 1, "DATABASE_POOL_SIZE must be above 1");
        config.first_hours()?;
        Ok(config)
    }

    /// Whether weak secrets are accepted.
    pub fn is_development(&self) -> bool {
        self.env == "development"
    }

    /// Opening hours of the branch that a fresh system begins with.
    pub fn first_hours(&self) -> anyhow::Result<OpeningHours> {
        let open = day_time(self.business_open_hour, self.business_open_min)
            .context("BUSINESS_OPEN_HOUR and _MIN are no time of day")?;
        let close = day_time(self.business_close_hour, self.business_close_min)
            .context("BUSINESS_CLOSE_HOUR and _MIN are no time of day")?;
        let hours = OpeningHours::daily(open, close).validated(SlotMinutes::DEFAULT);
        hours.context("BUSINESS_OPEN_* and BUSINESS_CLOSE_*")
    }

    /// How to reach PostgreSQL.
    pub fn store(&self) -> StoreSettings {
        StoreSettings {
            application: "slot-scheduler",
            pool_size: self.database_pool_size,
            ..StoreSettings::new(self.database_url.clone(), SCHEMA)
        }
    }

    /// How to reach Kafka.
    pub fn bus(&self) -> BusSettings {
        BusSettings {
            username: self.kafka_username.clone(),
            password: self.kafka_password.clone(),
            ca_cert: self.kafka_ca_cert.clone(),
            topic_prefix: self.kafka_topic_prefix.clone(),
            ..BusSettings::new(&self.kafka_brokers, "slot-scheduler")
        }
    }
}

fn day_time(hour: u16, minute: u16) -> Option<DayTime> {
    let minutes = hour.checked_mul(60)?.checked_add(minute).filter(|_| minute < 60)?;
    DayTime::from_minutes(minutes)
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

fn optional_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    secret(deserializer).map(Some)
}
