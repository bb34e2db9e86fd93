//! Time and new ids come in as parameters; this is where they come from.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::{NoContext, Timestamp, Uuid};

/// The only source of "now".
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> DateTime<Utc>;
}

/// The only source of new ids.
pub trait IdSource: Send + Sync + 'static {
    /// A new version 7 UUID whose time is `at`, to the millisecond.
    fn new_v7(&self, at: DateTime<Utc>) -> Uuid;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else asks")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// Random ids.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    fn new_v7(&self, at: DateTime<Utc>) -> Uuid {
        // no shared counter: it would push an id's time forward, and an order's time is read from its id
        Uuid::new_v7(timestamp(at))
    }
}

fn timestamp(at: DateTime<Utc>) -> Timestamp {
    let seconds = u64::try_from(at.timestamp()).unwrap_or_default();
    Timestamp::from_unix(NoContext, seconds, at.timestamp_subsec_nanos())
}

/// A clock that stands still until it is told to move.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that shows `now`.
    pub const fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock to `now`, forwards or backwards.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Moves the clock by `step`.
    pub fn advance(&self, step: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += step;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ids that count from one, so that a test's ids are the same in every run.
#[derive(Debug, Default)]
pub struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn new_v7(&self, at: DateTime<Utc>) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
        let mut bytes = [0; 10];
        if let Some(low) = bytes.last_chunk_mut() {
            *low = count.to_be_bytes();
        }
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_770_000_000_123).unwrap()
    }

    fn millis_of(id: Uuid) -> u64 {
        let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
        seconds * 1000 + u64::from(nanos) / 1_000_000
    }

    #[test]
    fn an_id_carries_the_moment_it_was_made_for() {
        assert_eq!(millis_of(SystemIds.new_v7(noon())), 1_770_000_000_123);
        assert_eq!(millis_of(CountingIds::default().new_v7(noon())), 1_770_000_000_123);
    }

    #[test]
    fn an_earlier_moment_gives_an_earlier_id_even_after_a_later_one() {
        let later = SystemIds.new_v7(noon());
        let earlier = SystemIds.new_v7(noon() - TimeDelta::hours(1));

        assert!(earlier < later);
        assert_ne!(SystemIds.new_v7(noon()), SystemIds.new_v7(noon()));
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::at(noon());
        clock.advance(TimeDelta::seconds(2));

        assert_eq!(clock.now(), noon() + TimeDelta::seconds(2));
    }
}
