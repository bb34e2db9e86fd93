//! The latest events of one branch, for clients that come back.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::kept::Kept;

/// More than history keeps, so that its first events are complete.
const READ_BACK_BEYOND_HISTORY: TimeDelta = TimeDelta::minutes(5);

/// How much history a branch keeps.
#[derive(Clone, Copy, Debug)]
pub struct HistoryLimits {
    /// Events.
    pub events: usize,
    /// Age of the oldest.
    pub age: TimeDelta,
}

impl HistoryLimits {
    /// How far back the log is read. What changed longer ago is known to every client that may still resume.
    pub fn read_back(self) -> TimeDelta {
        self.age + READ_BACK_BEYOND_HISTORY
    }
}

/// Events in the order of the log.
#[derive(Debug)]
pub struct Ring {
    kept: VecDeque<Arc<Kept>>,
    /// Newest offset that is not kept any more: whoever is before it has missed something unknown.
    gone: i64,
}

impl Ring {
    /// History that begins after the offset `gone`.
    pub const fn new(gone: i64) -> Self {
        Self { kept: VecDeque::new(), gone }
    }

    /// Adds the newest event and lets go of what is too much or too old.
    pub fn push(&mut self, kept: Arc<Kept>, limits: HistoryLimits, now: DateTime<Utc>) {
        self.kept.push_back(kept);
        while self.kept.len() > limits.events {
            self.drop_oldest();
        }
        self.forget(limits, now);
    }

    /// Every event after `offset`, oldest first; `None` when some of them are no longer known.
    pub fn after(
        &mut self,
        offset: i64,
        limits: HistoryLimits,
        now: DateTime<Utc>,
    ) -> Option<Vec<Arc<Kept>>> {
        self.forget(limits, now);
        if offset < self.gone {
            return None;
        }
        let first = self.kept.partition_point(|kept| kept.seq.offset <= offset);
        Some(self.kept.iter().skip(first).map(Arc::clone).collect())
    }

    fn forget(&mut self, limits: HistoryLimits, now: DateTime<Utc>) {
        let oldest = now - limits.age;
        while self.kept.front().is_some_and(|kept| kept.logged_at < oldest) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(kept) = self.kept.pop_front() {
            self.gone = kept.seq.offset;
        }
    }
}
