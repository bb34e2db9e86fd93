//! What librdkafka tells outside of any call: log lines, failures of connections, moves of partitions.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::{Client, ClientContext};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext, Rebalance};
use rdkafka::error::KafkaError;
use rdkafka::{Statistics, TopicPartitionList};

use crate::error::BusError;

/// Takes librdkafka's words into our log and remembers the last failure.
#[derive(Clone, Debug, Default)]
pub struct Listener {
    last_failure: Arc<Mutex<Option<String>>>,
    revoked: Arc<Mutex<Vec<(String, i32)>>>,
}

impl Listener {
    /// Why the broker cannot be reached, as far as librdkafka knows.
    pub fn last_failure(&self) -> Option<String> {
        self.last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Partitions that were taken away since the last question.
    pub fn take_revoked(&self) -> Vec<(String, i32)> {
        std::mem::take(&mut *self.revoked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ClientContext for Listener {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        match level {
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error => tracing::warn!(target: "librdkafka", facility, "{line}"),
            RDKafkaLogLevel::Warning => tracing::info!(target: "librdkafka", facility, "{line}"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
                tracing::debug!(target: "librdkafka", facility, "{line}");
            }
        }
    }

    fn stats(&self, _: Statistics) {}

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "librdkafka", %error, "{reason}");
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
    }
}

impl ConsumerContext for Listener {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(list) = rebalance {
            let mut revoked = self.revoked.lock().unwrap_or_else(PoisonError::into_inner);
            let elements = list.elements();
            revoked.extend(elements.iter().map(|place| (place.topic().to_owned(), place.partition())));
        }
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(list) => {
                tracing::info!(partitions = names(list), "partitions assigned");
                // one that was taken away while it was paused comes back paused, and nobody would go on with it
                if let Err(error) = consumer.resume(list) {
                    tracing::warn!(%error, "could not resume the assigned partitions");
                }
            }
            Rebalance::Revoke(list) => tracing::info!(partitions = names(list), "partitions revoked"),
            Rebalance::Error(error) => tracing::warn!(%error, "partitions could not be shared out"),
        }
    }
}

fn names(list: &TopicPartitionList) -> String {
    let names: Vec<_> =
        list.elements().iter().map(|place| format!("{}/{}", place.topic(), place.partition())).collect();
    names.join(" ")
}

/// Asks the broker for a sign of life. Blocks for up to `patience`.
pub fn sign_of_life<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    patience: Duration,
) -> Result<(), BusError> {
    client.fetch_metadata(Some(topic), patience)?;
    Ok(())
}

/// Runs a blocking question to the broker beside the runtime.
pub async fn blocking<T: Send + 'static>(
    question: impl FnOnce() -> Result<T, BusError> + Send + 'static,
) -> Result<T, BusError> {
    match tokio::task::spawn_blocking(question).await {
        Ok(answer) => answer,
        Err(_) => Err(KafkaError::Canceled.into()),
    }
}
