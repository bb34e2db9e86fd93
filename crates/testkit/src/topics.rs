//! Topics per test, on the shared broker.

use bus::BusSettings;
use contracts::topics::Topic;

use crate::database::unique;
use crate::stores::kafka_brokers;
use crate::sweep;

/// The topics of the system under a prefix of the test's own.
#[derive(Clone, Debug)]
pub struct TestTopics {
    brokers: String,
    prefix: String,
}

impl TestTopics {
    /// Creates all topics on the shared broker.
    pub async fn fresh() -> Self {
        let topics = Self::on(&kafka_brokers()).await;
        sweep::topics(&topics.settings("testkit")).await;
        topics
    }

    /// Creates all topics on a broker of the test's own.
    pub async fn on(brokers: &str) -> Self {
        let topics = Self { brokers: brokers.to_owned(), prefix: format!("t{}.", unique()) };
        let specs: Vec<_> = Topic::ALL.into_iter().map(Topic::spec).collect();
        bus::ensure_topics(&topics.settings("testkit"), &specs, 1).await.expect("the broker makes topics");
        topics
    }

    /// What a client of these topics is told.
    pub fn settings(&self, client_id: &str) -> BusSettings {
        BusSettings { topic_prefix: self.prefix.clone(), ..BusSettings::new(&self.brokers, client_id) }
    }

    /// The value of `KAFKA_BROKERS`.
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// The value of `KAFKA_TOPIC_PREFIX`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}
