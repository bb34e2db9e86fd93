//! Records as they come and go.

use bytes::Bytes;
use chassis::TraceContext;
use chrono::{DateTime, Utc};
use contracts::topics::{self, Topic};
use rdkafka::Message as _;
use rdkafka::message::BorrowedMessage;
use uuid::Uuid;

use crate::headers::{CONTENT_TYPE, EVENT_ID, Headers, SCHEMA_VERSION};

/// Where a record lies in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Partition of the topic.
    pub partition: i32,
    /// Place in the partition.
    pub offset: i64,
}

/// A record to be told.
#[derive(Clone, Debug)]
pub struct OutRecord {
    /// Where to.
    pub topic: Topic,
    /// Records of one key keep their order.
    pub key: String,
    /// The encoded message.
    pub payload: Vec<u8>,
    /// By which readers tell the record once.
    pub event_id: Uuid,
    /// Full protobuf name of the message.
    pub message: &'static str,
    /// The trace it belongs to.
    pub trace: Option<TraceContext>,
    /// Whatever else its readers want to know.
    pub extra_headers: Vec<(String, String)>,
}

/// A record as it was read.
#[derive(Clone, Debug)]
pub struct Message {
    /// Where from.
    pub topic: Topic,
    /// Partition of the topic.
    pub partition: i32,
    /// Place in the partition.
    pub offset: i64,
    /// The key as it was written.
    pub key: Option<Vec<u8>>,
    /// The encoded message, empty for a tombstone.
    pub payload: Bytes,
    /// When it was written, by the writer's clock.
    pub timestamp: DateTime<Utc>,
    /// What it says about itself.
    pub headers: Headers,
}

/// A record was written for readers of another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the schema version is {0}, known is {known}", known = topics::SCHEMA_VERSION)]
pub struct UnknownSchema(u32);

/// A record in the broker's terms: bytes, and the topic's whole name.
#[derive(Clone, Debug)]
pub(crate) struct RawRecord {
    pub topic: String,
    pub key: Option<Vec<u8>>,
    pub payload: Bytes,
    pub headers: Headers,
}

impl OutRecord {
    pub(crate) fn into_raw(self, topic_prefix: &str) -> RawRecord {
        let mut headers = Headers::new();
        headers.set(CONTENT_TYPE, format!("application/x-protobuf; message={}", self.message));
        headers.set(EVENT_ID, self.event_id.to_string());
        headers.set(SCHEMA_VERSION, topics::SCHEMA_VERSION.to_string());
        if let Some(trace) = self.trace {
            headers.set(TraceContext::HEADER, trace.header());
        }
        for (name, value) in self.extra_headers {
            headers.set(&name, value);
        }
        RawRecord {
            topic: self.topic.name(topic_prefix),
            key: Some(self.key.into_bytes()),
            payload: self.payload.into(),
            headers,
        }
    }
}

impl Message {
    pub(crate) fn read(topic: Topic, borrowed: &BorrowedMessage<'_>) -> Self {
        let millis = borrowed.timestamp().to_millis().unwrap_or_default();
        Self {
            topic,
            partition: borrowed.partition(),
            offset: borrowed.offset(),
            key: borrowed.key().map(<[u8]>::to_vec),
            payload: Bytes::copy_from_slice(borrowed.payload().unwrap_or_default()),
            timestamp: DateTime::from_timestamp_millis(millis).unwrap_or_default(),
            headers: borrowed.headers().map(Headers::from).unwrap_or_default(),
        }
    }

    /// The schema version that it was written under; the first writers did not say any, which is the first. A version
    /// that is no number is later than all we know.
    pub fn schema_version(&self) -> u32 {
        self.headers.get(SCHEMA_VERSION).map_or(1, |version| version.parse().unwrap_or(u32::MAX))
    }

    /// The payload, unless it was written under a version that nobody here knows: what it says then must not be
    /// guessed.
    pub fn known_payload(&self) -> Result<&Bytes, UnknownSchema> {
        let version = self.schema_version();
        if version > topics::SCHEMA_VERSION { Err(UnknownSchema(version)) } else { Ok(&self.payload) }
    }

    /// Where the record lies.
    pub const fn position(&self) -> Position {
        Position { partition: self.partition, offset: self.offset }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written_under(version: &str) -> Message {
        let mut headers = Headers::new();
        headers.set(SCHEMA_VERSION, version);
        Message {
            topic: Topic::OrderEvents,
            partition: 0,
            offset: 0,
            key: None,
            payload: Bytes::from_static(b"an event"),
            timestamp: DateTime::default(),
            headers,
        }
    }

    #[test]
    fn a_payload_of_a_later_schema_is_not_handed_out() {
        let known = written_under("1");
        let (later, unreadable) = (written_under("2"), written_under("two"));
        let unsaid = Message { headers: Headers::new(), ..known.clone() };

        assert_eq!(known.known_payload().unwrap(), b"an event".as_slice());
        assert!(unsaid.known_payload().is_ok(), "the first writers did not say any version");
        assert_eq!(later.known_payload().unwrap_err().to_string(), "the schema version is 2, known is 1");
        assert!(unreadable.known_payload().is_err());
    }
}
