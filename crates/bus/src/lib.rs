//! Kafka manners, and the only crate that knows rdkafka.
//!
//! Promises: what [`Producer::send`] answers `Ok` to is written for good; what it refuses is certainly not
//! written; everything else is *in doubt*. What a group has not finished is read again, in order, whatever
//! crashes in between. A record that cannot be worked on ends in the dead letters, never nowhere.

mod consumer;
mod context;
mod dead_letters;
mod error;
mod headers;
mod log_reader;
mod message;
mod partitioning;
mod producer;
mod progress;
mod replay;
mod settings;
mod topics;

pub use consumer::{BatchHandler, Group, consume};
pub use dead_letters::DeadLetters;
pub use error::{BrokerError, BusError, SendError};
pub use headers::Headers;
pub use log_reader::{From, LogReader};
pub use message::{Message, OutRecord, Position, UnknownSchema};
pub use partitioning::partition_for;
pub use producer::Producer;
pub use progress::unread_ends;
pub use replay::{Replay, Replayed, replay};
pub use settings::BusSettings;
pub use topics::{end_offsets, ensure_topics, remove_topics};
