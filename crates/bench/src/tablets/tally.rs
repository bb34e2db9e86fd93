//! What all tablets of a room have got, and how long it took.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use hdrhistogram::Histogram;
use tokio::sync::Notify;

/// The longest latency that is told apart from longer ones.
const LONGEST_NANOS: u64 = 60_000_000_000;
/// Events whose times are kept.
const REMEMBERED: usize = 1 << 16;

/// What the sockets of a room write into.
pub struct Tally {
    delivered: AtomicU64,
    bytes: AtomicU64,
    /// Whoever waits is woken when so much has been delivered.
    awaited: AtomicU64,
    reached: Notify,
    begun: Instant,
    /// When each event was meant to be told, in nanoseconds since `begun`; 0 is nobody asks.
    told_at: Vec<AtomicU64>,
    latencies: Mutex<Histogram<u64>>,
}

impl Tally {
    /// Nothing yet.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            delivered: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            awaited: AtomicU64::new(u64::MAX),
            reached: Notify::new(),
            begun: Instant::now(),
            told_at: (0..REMEMBERED).map(|_| AtomicU64::new(0)).collect(),
            latencies: Mutex::new(Histogram::new_with_max(LONGEST_NANOS, 3).context("a histogram")?),
        })
    }

    /// The latency of event number `event` counts, from this moment on.
    pub fn meant(&self, event: u64, at: Instant) {
        let nanos = u64::try_from((at - self.begun).as_nanos()).unwrap_or(u64::MAX);
        self.slot(event).store(nanos.max(1), Ordering::Release);
    }

    /// A socket has got events `from..to`.
    pub fn delivers(&self, from: u64, to: u64, bytes: u64) {
        let now = u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        for event in from..to {
            let meant = self.slot(event).load(Ordering::Acquire);
            if meant > 0 {
                self.latencies(|latencies| latencies.saturating_record(now.saturating_sub(meant)));
            }
        }
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let delivered = self.delivered.fetch_add(to - from, Ordering::SeqCst) + (to - from);
        if delivered >= self.awaited.load(Ordering::SeqCst) {
            self.reached.notify_one();
        }
    }

    /// Waits until so much has been delivered. For one who waits.
    pub async fn reaches(&self, wanted: u64) {
        loop {
            let reached = self.reached.notified();
            self.awaited.store(wanted, Ordering::SeqCst);
            if self.delivered() >= wanted {
                return;
            }
            reached.await;
        }
    }

    /// Deliveries so far.
    pub fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::SeqCst)
    }

    /// Their bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The latency at a quantile.
    pub fn latency(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.latencies(|latencies| latencies.value_at_quantile(quantile)))
    }

    /// Latencies are counted anew.
    pub fn forget_latencies(&self) {
        self.latencies(Histogram::reset);
    }

    fn latencies<T>(&self, read: impl FnOnce(&mut Histogram<u64>) -> T) -> T {
        read(&mut self.latencies.lock().unwrap_or_else(PoisonError::into_inner))
    }

    #[expect(clippy::cast_possible_truncation, reason = "a place in a ring")]
    fn slot(&self, event: u64) -> &AtomicU64 {
        &self.told_at[event as usize % REMEMBERED]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_for_deliveries_is_woken_by_the_last_of_them() {
        let tally = Tally::new().unwrap();
        let deliver = async {
            tally.delivers(0, 2, 200);
            tokio::task::yield_now().await;
            tally.delivers(0, 1, 100);
        };

        tokio::join!(tally.reaches(3), deliver);

        assert_eq!((tally.delivered(), tally.bytes()), (3, 300));
    }

    #[test]
    fn only_events_with_a_time_have_a_latency() {
        let tally = Tally::new().unwrap();
        let begun = tally.begun;
        tally.meant(1, begun);

        tally.delivers(0, 3, 300);

        assert_eq!(tally.latencies(|latencies| latencies.len()), 1);
        assert!(tally.latency(0.99) >= Duration::from_nanos(1));
        tally.forget_latencies();
        assert_eq!(tally.latencies(|latencies| latencies.len()), 0);
    }
}
