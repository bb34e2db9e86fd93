//! What customers were told, noted while it happens.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use chassis::{Clock as _, SystemClock};
use tokio::time::Instant;
use verify::{Entry, Journal, Outcome};

/// The journal of all customers of a world.
#[derive(Debug, Default)]
pub struct Notes(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    journal: Journal,
    acknowledged_at: Vec<Instant>,
}

impl Notes {
    /// Notes what one attempt came to.
    pub fn note(&self, key: &str, branch: &str, roubles: i64, outcome: Outcome) {
        let at = SystemClock.now();
        let mut inner = self.lock();
        if matches!(outcome, Outcome::Acknowledged { .. }) {
            inner.acknowledged_at.push(Instant::now());
        }
        inner.journal.note(Entry { key: key.to_owned(), branch: branch.to_owned(), roubles, outcome, at });
    }

    /// How many attempts are noted; a place in the journal to look on from.
    pub fn len(&self) -> usize {
        self.lock().journal.entries.len()
    }

    /// Whether nothing is noted.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Everything so far.
    pub fn journal(&self) -> Journal {
        self.lock().journal.clone()
    }

    /// Attempts from a place on.
    pub fn since(&self, place: usize) -> Vec<Entry> {
        self.lock().journal.entries.get(place..).unwrap_or_default().to_vec()
    }

    /// Key and order id of every acknowledgement from a place on.
    pub fn acknowledged_since(&self, place: usize) -> BTreeMap<String, String> {
        let entries = self.since(place);
        let pairs =
            entries.iter().filter_map(|entry| Some((entry.key.clone(), entry.order_id()?.to_owned())));
        pairs.collect()
    }

    /// When acknowledgements came, from `begin` on.
    pub fn acknowledgements_since(&self, begin: Instant) -> Vec<Instant> {
        let inner = self.lock();
        let from = inner.acknowledged_at.partition_point(|at| *at < begin);
        inner.acknowledged_at.get(from..).unwrap_or_default().to_vec()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }
}
