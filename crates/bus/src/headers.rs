//! Headers of a record: what it is, who tells it, and which trace it belongs to.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chassis::TraceContext;
use rdkafka::message::{BorrowedHeaders, Header, Headers as _, OwnedHeaders};
use uuid::Uuid;

/// Headers in the order in which they were written; a name may come twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, Vec<u8>)>);

/// What the payload is.
pub(crate) const CONTENT_TYPE: &str = "content-type";
/// The event's own id, by which it is told once.
pub(crate) const EVENT_ID: &str = "event-id";
/// Version of the payload's schema.
pub(crate) const SCHEMA_VERSION: &str = "schema-version";
/// Why a record became a dead letter.
pub(crate) const DEAD_REASON: &str = "dead.reason";
/// Where a dead letter came from: `topic/partition/offset`.
pub(crate) const DEAD_ORIGIN: &str = "dead.origin";
/// How long a dead letter was whose payload no topic takes.
pub(crate) const DEAD_TRUNCATED: &str = "dead.truncated";
/// Which dead letter a record was made from again.
pub(crate) const REPLAYED_FROM: &str = "replayed-from";

impl Headers {
    /// No headers.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The last header of that name, if it is text.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().rev().find(|(header, _)| header == name)?;
        std::str::from_utf8(value).ok()
    }

    /// The event's id; `None` when it is missing or not a UUID.
    pub fn event_id(&self) -> Option<Uuid> {
        self.get(EVENT_ID)?.parse().ok()
    }

    /// The trace the record belongs to.
    pub fn trace(&self) -> Option<TraceContext> {
        TraceContext::parse(self.get(TraceContext::HEADER)?)
    }

    /// Writes a header, in the place of any other of that name.
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.remove(name);
        self.0.push((name.to_owned(), value.into()));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(header, _)| header != name);
    }

    /// Keeps the last `count` of those that have at most `bytes` in their value and in their name.
    pub(crate) fn keep_last(&mut self, count: usize, bytes: usize) {
        self.0.retain(|(name, value)| name.len() <= bytes && value.len() <= bytes);
        self.0.drain(..self.0.len().saturating_sub(count));
    }

    pub(crate) fn to_kafka(&self) -> OwnedHeaders {
        let empty = OwnedHeaders::new_with_capacity(self.0.len());
        self.0.iter().fold(empty, |headers, (key, value)| headers.insert(Header { key, value: Some(value) }))
    }
}

impl From<&BorrowedHeaders> for Headers {
    fn from(borrowed: &BorrowedHeaders) -> Self {
        let owned = |header: Header<'_, &[u8]>| {
            (header.key.to_owned(), header.value.map(<[u8]>::to_vec).unwrap_or_default())
        };
        let readable = |at| unless_it_panics(|| borrowed.try_get(at));
        Self((0..borrowed.count()).filter_map(readable).map(owned).collect())
    }
}

/// rdkafka panics at a header whose name is not UTF-8, which anybody can write. No reader of ours asks for such a
/// one: it is left out, and the record goes on as if it had not been there.
fn unless_it_panics<T>(read: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(read)).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_header_of_a_name_counts_and_setting_replaces() {
        let mut headers = Headers(vec![
            ("event-id".to_owned(), b"not an id".to_vec()),
            ("event-id".to_owned(), b"01900000-0000-7000-8000-000000000001".to_vec()),
        ]);
        assert!(headers.event_id().is_some());

        headers.set(EVENT_ID, "nonsense");
        assert_eq!((headers.event_id(), headers.0.len()), (None, 1));
    }

    #[test]
    fn of_many_headers_the_last_short_ones_are_kept() {
        let mut headers = Headers::new();
        for (name, value) in [("a", "1"), ("b", "22"), ("c", "333"), ("dddd", "4"), ("e", "55")] {
            headers.set(name, value);
        }

        headers.keep_last(2, 2);

        assert_eq!((headers.get("b"), headers.get("e"), headers.0.len()), (Some("22"), Some("55"), 2));
    }
}
