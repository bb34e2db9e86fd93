//! The settings: one flat struct, read once and checked once.

use anyhow::ensure;
use bus::BusSettings;
use chassis::settings::{self, Settings, Variable};
use chassis::telemetry::LogFormat;
use chrono::TimeDelta;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use crate::app::live::HistoryLimits;
use crate::app::outbox::QueueLimits;

/// This service's name.
pub const SERVICE: &str = "ws-fanout";

/// Everything that the environment says.
#[derive(Debug, Deserialize)]
pub struct Config {
    /// `production` or `development`.
    pub env: String,
    /// Address to listen at.
    pub host: String,
    /// Port of the sockets.
    pub port: u16,
    /// Port of health and metrics.
    pub ops_port: u16,
    /// Where Kafka is.
    pub kafka_brokers: String,
    /// SASL user.
    pub kafka_username: Option<String>,
    /// SASL password.
    #[serde(default, deserialize_with = "optional_secret")]
    pub kafka_password: Option<SecretString>,
    /// Certificate authority of the brokers: a path, or the PEM itself.
    pub kafka_ca_cert: Option<String>,
    /// What topics of this deployment begin with.
    #[serde(default)]
    pub kafka_topic_prefix: String,
    /// Key that staff tokens are verified with: PEM, or a path to it.
    pub jwt_public_key: String,
    /// Secret that services sign their own calls with.
    #[serde(deserialize_with = "secret")]
    pub internal_secret: SecretString,
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
    variable("PORT", "8081", "port of the sockets"),
    variable("OPS_PORT", "9081", "port of /healthz, /readyz and /metrics"),
    variable("KAFKA_BROKERS", "127.0.0.1:9092", "Kafka brokers, comma-separated"),
    variable("KAFKA_USERNAME", "", "SASL/PLAIN user"),
    variable("KAFKA_PASSWORD", "", "SASL/PLAIN password"),
    variable("KAFKA_CA_CERT", "", "certificate authority of the brokers: a path, or the PEM itself"),
    variable("KAFKA_TOPIC_PREFIX", "", "what the names of topics begin with"),
    variable("JWT_PUBLIC_KEY", "", "public key of staff tokens: PEM, or a path to it (required)"),
    variable("INTERNAL_SECRET", "", "secret that services sign their calls with (required)"),
    variable("ORDER_CONSUMER_URL", "http://127.0.0.1:50053", "the order book"),
    variable("ALLOWED_ORIGINS", "", "origins whose pages may open sockets, comma-separated; * is any"),
    variable("MAX_SOCKETS", "10000", "sockets at once; one more is sent elsewhere"),
    variable("SOCKET_QUEUE_FRAMES", "1000", "frames that may wait for one socket before it is closed"),
    variable("SOCKET_QUEUE_BYTES", "1048576", "bytes that may wait for one socket before it is closed"),
    variable("HISTORY_EVENTS", "20000", "events of a branch that a client may have missed and still resumes"),
    variable("HISTORY_MINUTES", "15", "minutes that a client may have been away and still resumes"),
    variable("LOG_FORMAT", "auto", "json, pretty, or auto: pretty on a terminal"),
    variable("RUST_LOG", "info", "which log lines are written"),
];

/// What the program says about itself.
pub const ABOUT: Settings<'_> = Settings {
    service: SERVICE,
    version: env!("CARGO_PKG_VERSION"),
    about: "Live streams to tablets and dashboards: every order event, once, in order, to whoever may see it.",
    variables: VARIABLES,
    commands: &[],
};

impl Config {
    /// Reads the environment.
    pub fn from_env() -> anyhow::Result<Self> {
        let config: Self = settings::read(VARIABLES)?;
        ensure!(config.max_sockets > 0, "MAX_SOCKETS must be above 0");
        ensure!(config.socket_queue_frames > 0, "SOCKET_QUEUE_FRAMES must be above 0");
        ensure!(config.socket_queue_bytes >= 1024, "SOCKET_QUEUE_BYTES must be at least 1024");
        ensure!((1..=24 * 60).contains(&config.history_minutes), "HISTORY_MINUTES must be 1..=1440");
        Ok(config)
    }

    /// Whether weak secrets are accepted.
    pub fn is_development(&self) -> bool {
        self.env == "development"
    }

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

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

fn optional_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    secret(deserializer).map(Some)
}
