//! Where the broker is, and how to sign in there.

use std::time::Duration;

use chassis::settings::{self, Variable};
use rdkafka::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::error::BusError;

/// How to reach the broker.
#[derive(Clone, Debug)]
pub struct BusSettings {
    /// `host:port`, separated by commas.
    pub brokers: String,
    /// Signs in with SASL/PLAIN when given; the connection is then always encrypted.
    pub username: Option<String>,
    /// The secret of `username`.
    pub password: Option<SecretString>,
    /// The authority that signed the broker's certificate: a path, or the PEM itself. Turns TLS on.
    pub ca_cert: Option<String>,
    /// In front of every topic's and group's name, so that several systems can share a broker.
    pub topic_prefix: String,
    /// How this process is called in the broker's log.
    pub client_id: String,
    /// How long a record may wait for its acknowledgement before it is in doubt.
    pub delivery_timeout: Duration,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "fields are called as the variables are")]
struct Environment {
    kafka_brokers: String,
    kafka_username: Option<String>,
    kafka_password: Option<SecretString>,
    kafka_ca_cert: Option<String>,
    #[serde(default)]
    kafka_topic_prefix: String,
}

impl BusSettings {
    /// What [`BusSettings::from_env`] reads.
    pub const VARIABLES: &[Variable] = &[
        Variable::new("KAFKA_BROKERS", "127.0.0.1:9092", "Kafka brokers, comma-separated"),
        Variable::new("KAFKA_USERNAME", "", "SASL/PLAIN user"),
        Variable::new("KAFKA_PASSWORD", "", "SASL/PLAIN password"),
        Variable::new("KAFKA_CA_CERT", "", "certificate authority of the brokers: a path, or the PEM itself"),
        Variable::new("KAFKA_TOPIC_PREFIX", "", "what the names of topics and groups begin with"),
    ];

    /// Reads the environment.
    pub fn from_env(client_id: &str) -> anyhow::Result<Self> {
        let said: Environment = settings::read(Self::VARIABLES)?;
        Ok(Self {
            username: said.kafka_username,
            password: said.kafka_password,
            ca_cert: said.kafka_ca_cert,
            topic_prefix: said.kafka_topic_prefix,
            ..Self::new(said.kafka_brokers, client_id)
        })
    }

    /// A broker that asks for nothing.
    pub fn new(brokers: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            brokers: brokers.into(),
            username: None,
            password: None,
            ca_cert: None,
            topic_prefix: String::new(),
            client_id: client_id.into(),
            delivery_timeout: Duration::from_secs(5),
        }
    }

    /// What every client of the broker has in common.
    pub(crate) fn client_config(&self) -> Result<ClientConfig, BusError> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", &self.client_id)
            .set("socket.keepalive.enable", "true")
            .set("socket.connection.setup.timeout.ms", "5000")
            .set("reconnect.backoff.ms", "100")
            .set("reconnect.backoff.max.ms", "2000")
            // a topic made a moment ago is found within seconds, not within the default five minutes
            .set("topic.metadata.refresh.interval.ms", "3000")
            .set("allow.auto.create.topics", "false");
        self.secure(&mut config)?;
        Ok(config)
    }

    fn secure(&self, config: &mut ClientConfig) -> Result<(), BusError> {
        let protocol = match (&self.username, &self.ca_cert) {
            (Some(_), _) => "SASL_SSL",
            (None, Some(_)) => "SSL",
            (None, None) => "PLAINTEXT",
        };
        config.set("security.protocol", protocol);
        if let Some(username) = &self.username {
            let password = self.password.as_ref().ok_or(BusError::NoPassword)?;
            config
                .set("sasl.mechanism", "PLAIN")
                .set("sasl.username", username)
                .set("sasl.password", password.expose_secret());
        }
        match &self.ca_cert {
            Some(pem) if pem.contains("-----BEGIN") => config.set("ssl.ca.pem", pem),
            Some(path) => config.set("ssl.ca.location", path),
            None => config,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protocol(settings: &BusSettings) -> String {
        settings.client_config().unwrap().get("security.protocol").unwrap().to_owned()
    }

    #[test]
    fn a_secret_never_travels_unencrypted() {
        let mut settings = BusSettings::new("localhost:9092", "test");
        assert_eq!(protocol(&settings), "PLAINTEXT");

        settings.username = Some("orders".to_owned());
        assert!(matches!(settings.client_config(), Err(BusError::NoPassword)));

        settings.password = Some("hunter2".into());
        assert_eq!(protocol(&settings), "SASL_SSL");
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn an_authority_is_a_path_or_the_pem_itself() {
        let mut settings = BusSettings::new("localhost:9092", "test");
        settings.ca_cert = Some("/etc/kafka/ca.pem".to_owned());
        let by_path = settings.client_config().unwrap();
        settings.ca_cert = Some("-----BEGIN CERTIFICATE-----\n...".to_owned());
        let by_text = settings.client_config().unwrap();

        assert_eq!(by_path.get("ssl.ca.location"), Some("/etc/kafka/ca.pem"));
        assert_eq!(by_text.get("ssl.ca.location"), None);
        assert_eq!(protocol(&settings), "SSL");
    }
}
