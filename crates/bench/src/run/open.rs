//! An open loop: call `i` starts at `i / rate`, whatever the answers do; its latency counts from then.

use std::future::Future;
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// What an open loop measured.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Microseconds from the intended start to the good answer.
    pub latency: Histogram<u64>,
    /// Calls that were answered well.
    pub done: u64,
    /// Calls that failed.
    pub failed: u64,
    /// From the first intended start to the last answer.
    pub took: Duration,
    /// From the first intended start until the last call was started: longer than was meant when the generator cannot
    /// keep up.
    pub offered_for: Duration,
}

impl Measured {
    /// A percentile in milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "microseconds of some seconds")]
    pub fn millis(&self, percentile: f64) -> f64 {
        self.latency.value_at_percentile(percentile) as f64 / 1_000.0
    }
}

/// Starts `rate` calls a second for `length` and waits for all answers. A call gets its number and answers whether
/// it went well.
pub async fn open<F, C>(rate: f64, length: Duration, call: F) -> Measured
where
    F: Fn(u64) -> C + Clone + Send + Sync + 'static,
    C: Future<Output = bool> + Send,
{
    let start = Instant::now();
    let mut calls = JoinSet::new();
    let mut measured =
        Measured { latency: empty(), done: 0, failed: 0, took: Duration::ZERO, offered_for: Duration::ZERO };
    let mut number = 0;
    loop {
        let intended = start + since_start(number, rate);
        if intended >= start + length {
            break;
        }
        sleep_until(intended).await;
        let call = call.clone();
        calls.spawn(async move { call(number).await.then(|| intended.elapsed()) });
        number += 1;
        while let Some(ended) = calls.try_join_next() {
            measured.note(ended.ok().flatten());
        }
    }
    measured.offered_for = start.elapsed().max(length);
    while let Some(ended) = calls.join_next().await {
        measured.note(ended.ok().flatten());
    }
    measured.took = start.elapsed();
    measured
}

impl Measured {
    fn note(&mut self, latency: Option<Duration>) {
        match latency {
            Some(latency) => {
                self.done += 1;
                let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
                self.latency.saturating_record(micros.max(1));
            }
            None => self.failed += 1,
        }
    }
}

/// When the call of this number is meant to start: the first one at once, not one interval later.
#[expect(clippy::cast_precision_loss, reason = "a count of some millions")]
pub fn since_start(number: u64, rate: f64) -> Duration {
    Duration::from_secs_f64(number as f64 / rate)
}

/// Three digits, up to two minutes.
fn empty() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 120_000_000, 3).expect("the bounds are sound")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_call_starts_at_once_and_each_next_one_an_interval_later() {
        assert_eq!(since_start(0, 300.0), Duration::ZERO);
        assert_eq!(since_start(3, 1_000.0), Duration::from_millis(3));
    }

    #[tokio::test]
    async fn a_call_that_waits_for_the_one_before_is_late_from_its_intended_start() {
        let turn = std::sync::Arc::new(tokio::sync::Mutex::new(()));
        let measured = open(100.0, Duration::from_millis(50), move |_| {
            let turn = std::sync::Arc::clone(&turn);
            async move {
                let _turn = turn.lock().await;
                tokio::time::sleep(Duration::from_millis(50)).await;
                true
            }
        })
        .await;

        assert_eq!((measured.done, measured.failed), (5, 0));
        // five calls of 50 ms one after the other: the last was meant to start at 40 ms and ends at 250 ms, not 50 ms
        // after it got its turn
        assert!(measured.millis(100.0) > 200.0, "{}", measured.millis(100.0));
        assert!(measured.millis(1.0) < measured.millis(100.0) - 100.0);
    }

    #[tokio::test]
    async fn failures_have_no_latency() {
        let measured =
            open(1_000.0, Duration::from_millis(20), |number| async move { number % 2 == 0 }).await;

        assert_eq!((measured.done, measured.failed), (10, 10));
        assert_eq!(measured.latency.len(), 10);
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "the generator is to be held up")]
    async fn a_generator_that_cannot_keep_up_says_how_long_it_took_to_offer() {
        let length = Duration::from_millis(20);
        let slow = open(1_000.0, length, move |number| async move {
            if number == 0 {
                // on one thread, as this test is, whoever starts calls waits as well
                std::thread::sleep(3 * length);
            }
            true
        });

        assert!(slow.await.offered_for >= 3 * length);
    }
}
