//! A closed loop: a fixed number of calls in flight, the next one when an answer came. For capacity, never for latency.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

/// What a closed loop counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted {
    /// Calls that were answered well.
    pub done: u64,
    /// Calls that failed.
    pub failed: u64,
    /// How long it took until the last answer.
    pub took: Duration,
}

impl Counted {
    /// Good answers per second.
    #[expect(clippy::cast_precision_loss, reason = "a count of some millions")]
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.took.as_secs_f64()
    }
}

/// Keeps `in_flight` calls going for `length`. A call gets the number of its lane and answers whether it went well.
pub async fn closed<F, C>(in_flight: usize, length: Duration, call: F) -> Counted
where
    F: Fn(usize) -> C + Clone + Send + Sync + 'static,
    C: Future<Output = bool> + Send,
{
    let stop = Arc::new(AtomicBool::new(false));
    let start = Instant::now();
    let mut lanes = JoinSet::new();
    for lane in 0..in_flight {
        let (call, stop) = (call.clone(), Arc::clone(&stop));
        lanes.spawn(async move {
            let mut counted = Counted::default();
            while !stop.load(Ordering::Relaxed) {
                if call(lane).await {
                    counted.done += 1;
                } else {
                    counted.failed += 1;
                }
            }
            counted
        });
    }
    tokio::time::sleep(length).await;
    stop.store(true, Ordering::Relaxed);
    let mut total = Counted::default();
    for counted in lanes.join_all().await {
        total.done += counted.done;
        total.failed += counted.failed;
    }
    Counted { took: start.elapsed(), ..total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn good_and_failed_calls_are_counted_apart() {
        let counted = closed(2, Duration::from_millis(30), |lane| async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            lane == 0
        })
        .await;

        assert!(counted.done > 0 && counted.failed > 0);
        assert!(counted.rate() > 0.0);
    }
}
