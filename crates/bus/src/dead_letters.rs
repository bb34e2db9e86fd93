//! Where records end that cannot be worked on: word for word, with the reason. Of a record that is too large for
//! that, only a short key and short headers are kept: its origin says where to look for the rest.

use bytes::Bytes;
use chassis::{TraceContext, trace};
use contracts::topics::Topic;

use crate::error::SendError;
use crate::headers::{DEAD_ORIGIN, DEAD_REASON, DEAD_TRUNCATED};
use crate::message::{Message, RawRecord};
use crate::producer::Producer;

/// The dead letters of one consumer group.
#[derive(Clone)]
pub struct DeadLetters {
    place: Option<(Producer, Topic)>,
}

/// Longer reasons are cut: a header is no log.
const REASON_MAX: usize = 1000;
/// Most bytes of the key, and of each header's name and value, that are kept of a record too large to be kept whole;
/// the longest reason fits.
const SHORT: usize = 4 * REASON_MAX;
/// Headers that are kept of it: with the key at most 400 kB, and brokers take a megabyte.
const FEW: usize = 50;

impl DeadLetters {
    /// Keeps records in `topic`.
    pub const fn new(producer: Producer, topic: Topic) -> Self {
        Self { place: Some((producer, topic)) }
    }

    /// Only says which record was left out: for readers of events, which the log keeps anyway.
    pub const fn log_only() -> Self {
        Self { place: None }
    }

    /// Keeps one record; when this returns, the broker has it.
    pub async fn keep(&self, message: &Message, reason: &str) -> Result<(), SendError> {
        let Message { topic, partition, offset, .. } = message;
        let prefix = self.place.as_ref().map(|(producer, _)| producer.topic_prefix()).unwrap_or_default();
        let origin = format!("{}/{partition}/{offset}", topic.name(prefix));
        if let Some((producer, dead)) = &self.place {
            let letter = letter(message, dead.name(prefix), &origin, reason);
            match producer.send_raw(letter.clone()).await {
                Err(error) if error.is_too_large() => {
                    tracing::error!(
                        kafka.origin = origin,
                        bytes = message.payload.len(),
                        "a dead letter is kept without its payload: {error}"
                    );
                    producer.send_raw(shortened(letter)).await?;
                }
                outcome => drop(outcome?),
            }
        }
        metrics::counter!("bus_dead_letters_total", "topic" => topic.base_name()).increment(1);
        let trace_id = message.headers.trace().map(|trace| trace.trace_id_hex());
        tracing::error!(
            kafka.origin = origin,
            reason,
            trace_id,
            "a record went to the dead letters: {reason}"
        );
        Ok(())
    }
}

fn letter(message: &Message, topic: String, origin: &str, reason: &str) -> RawRecord {
    let mut headers = message.headers.clone();
    let reason: String = reason.chars().take(REASON_MAX).collect();
    headers.set(DEAD_REASON, reason);
    headers.set(DEAD_ORIGIN, origin);
    if headers.trace().is_none() {
        headers.set(TraceContext::HEADER, trace::current_or_fresh().header());
    }
    RawRecord { topic, key: message.key.clone(), payload: message.payload.clone(), headers }
}

fn shortened(letter: RawRecord) -> RawRecord {
    let RawRecord { topic, key, payload, mut headers } = letter;
    // what says why and whence was written last
    headers.keep_last(FEW, SHORT);
    headers.set(DEAD_TRUNCATED, payload.len().to_string());
    RawRecord { topic, key: key.filter(|key| key.len() <= SHORT), payload: Bytes::new(), headers }
}
