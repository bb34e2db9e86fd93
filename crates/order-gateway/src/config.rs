//! The settings: one flat struct, read once and checked once.

use anyhow::ensure;
use bus::BusSettings;
use chassis::settings::{self, Settings, Variable};
use chassis::telemetry::LogFormat;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

/// Everything that the environment says.
#[derive(Debug, Deserialize)]
pub struct Config {
    /// `production` or `development`.
    pub env: String,
    /// Address to listen at.
    pub host: String,
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
    /// What topics of this deployment begin with.
    #[serde(default)]
    pub kafka_topic_prefix: String,
    /// Key that staff tokens are verified with: PEM, or a path to it.
    pub jwt_public_key: String,
    /// Secret that services sign their own calls with.
    #[serde(deserialize_with = "secret")]
    pub internal_secret: SecretString,
    /// Origins of pages that may call from a browser.
    #[serde(default)]
    pub cors_origins: String,
    /// How many orders may be in placement at once.
    pub orders_at_once: usize,
    /// How many orders may be watched at once.
    pub watches_at_once: usize,
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
    variable("PORT", "8080", "port of REST"),
    variable("GRPC_PORT", "50051", "port of gRPC"),
    variable("OPS_PORT", "9051", "port of /healthz, /readyz and /metrics"),
    variable("SLOT_SCHEDULER_URL", "http://127.0.0.1:50052", "where slot-scheduler is"),
    variable("ORDER_CONSUMER_URL", "http://127.0.0.1:50053", "where order-consumer is"),
    variable("MENU_URL", "http://127.0.0.1:50054", "where menu is"),
    variable("REDIS_URL", "redis://127.0.0.1:6379", "Redis, for hints that an order has changed"),
    variable("KAFKA_BROKERS", "127.0.0.1:9092", "Kafka brokers, comma-separated"),
    variable("KAFKA_USERNAME", "", "SASL/PLAIN user"),
    variable("KAFKA_PASSWORD", "", "SASL/PLAIN password"),
    variable("KAFKA_CA_CERT", "", "certificate authority of the brokers: a path, or the PEM itself"),
    variable("KAFKA_TOPIC_PREFIX", "", "what the names of topics begin with"),
    variable("JWT_PUBLIC_KEY", "", "public key of staff tokens, or two: PEM, or a path to it (required)"),
    variable("INTERNAL_SECRET", "", "secret that services sign their calls with (required)"),
    variable("CORS_ORIGINS", "", "origins of pages that may call, comma-separated; * in development"),
    variable("ORDERS_AT_ONCE", "512", "orders in placement at once; more are refused"),
    variable("WATCHES_AT_ONCE", "2000", "orders watched at once; more are refused"),
    variable("LOG_FORMAT", "auto", "json, pretty, or auto: pretty on a terminal"),
    variable("RUST_LOG", "info", "which log lines are written"),
];

/// What the program says about itself.
pub const ABOUT: Settings<'_> = Settings {
    service: "order-gateway",
    version: env!("CARGO_PKG_VERSION"),
    about: "The edge of the system: takes orders over gRPC and REST, and answers when they are safe.",
    variables: VARIABLES,
    commands: &[],
};

impl Config {
    /// Reads the environment.
    pub fn from_env() -> anyhow::Result<Self> {
        let config: Self = settings::read(VARIABLES)?;
        ensure!(config.orders_at_once > 0, "ORDERS_AT_ONCE must be above 0");
        ensure!(
            config.is_development() || config.cors_origins.trim() != "*",
            "CORS_ORIGINS may be * in development only"
        );
        Ok(config)
    }

    /// Whether weak secrets are accepted.
    pub fn is_development(&self) -> bool {
        self.env == "development"
    }

    /// How to reach Kafka.
    pub fn bus(&self) -> BusSettings {
        BusSettings {
            username: self.kafka_username.clone(),
            password: self.kafka_password.clone(),
            ca_cert: self.kafka_ca_cert.clone(),
            topic_prefix: self.kafka_topic_prefix.clone(),
            ..BusSettings::new(&self.kafka_brokers, "order-gateway")
        }
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

fn optional_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.map(SecretString::from))
}
