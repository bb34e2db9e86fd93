//! What customers were told: acknowledged orders, and failures.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

/// More failures than one in so many make a figure worthless.
const FAILURES_ALLOWED: u64 = 1_000;

/// Everything that one server's customers were told.
#[derive(Debug, Default)]
pub struct Tally {
    acknowledged: Mutex<Vec<Uuid>>,
    done: AtomicU64,
    failed: AtomicU64,
    why: Mutex<BTreeMap<String, u64>>,
}

impl Tally {
    /// An order was acknowledged.
    pub fn acknowledged(&self, order: Uuid) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).push(order);
    }

    /// A call failed that should not have.
    pub fn failed(&self, why: &str) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        *self.why.lock().unwrap_or_else(PoisonError::into_inner).entry(why.to_owned()).or_default() += 1;
    }

    /// Ids of all acknowledged orders so far, each as often as it was told.
    pub fn orders(&self) -> Vec<Uuid> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many were acknowledged, and how many failed, so far.
    pub fn counts(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed))
    }

    /// What makes the figure worthless that was begun at these counts: more than one failure in a thousand calls.
    pub fn fault_since(&self, before: (u64, u64)) -> Option<String> {
        let (done, failed) = self.counts();
        let (done, failed) = (done - before.0, failed - before.1);
        (failed * FAILURES_ALLOWED > done + failed)
            .then(|| format!("{failed} of {} calls failed: {}", done + failed, self.reasons()))
    }

    fn reasons(&self) -> String {
        let why = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reasons: Vec<_> = why.iter().collect();
        reasons.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
        let told: Vec<_> =
            reasons.iter().take(3).map(|(reason, times)| format!("{reason} ({times})")).collect();
        told.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(done: u128, failed: u64) -> Tally {
        let tally = Tally::default();
        (0..done).for_each(|id| tally.acknowledged(Uuid::from_u128(id)));
        (0..failed).for_each(|_| tally.failed("UNAVAILABLE"));
        tally
    }

    #[test]
    fn one_failure_in_a_thousand_calls_is_allowed_and_not_one_more() {
        assert_eq!(told(1_998, 2).fault_since((0, 0)), None);
        assert_eq!(told(997, 3).fault_since((0, 0)).unwrap(), "3 of 1000 calls failed: UNAVAILABLE (3)");
    }

    #[test]
    fn only_failures_since_then_count() {
        let tally = told(10, 5);

        assert_eq!(tally.fault_since(tally.counts()), None);
    }
}
