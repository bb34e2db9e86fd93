//! How a group is doing: its health and its numbers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chassis::Check;
use chassis::clock::{Clock, SystemClock};
use contracts::topics::Topic;
use tokio_util::sync::CancellationToken;

use super::membership::Prober;
use crate::message::Message;

/// Says whether the group gets on, and by how much it is behind.
pub struct Pulse {
    group: &'static str,
    health: Check,
    stuck: AtomicBool,
}

const PROBE_EVERY: Duration = Duration::from_secs(3);

impl Pulse {
    pub fn new(group: &'static str, health: Check) -> Self {
        Self { group, health, stuck: AtomicBool::new(false) }
    }

    /// Reports whether the broker answers, as long as the member lives.
    pub async fn probe(self: Arc<Self>, prober: Prober, stop: CancellationToken) {
        loop {
            match prober.ask().await {
                None => return,
                Some(Ok(())) if self.stuck.load(Ordering::Relaxed) => {}
                Some(Ok(())) => self.health.up(),
                Some(Err(reason)) => self.health.down(reason),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PROBE_EVERY) => {}
            }
        }
    }

    /// A batch has failed and will be tried again.
    pub fn stuck(&self, reason: &str) {
        metrics::counter!("bus_retries_total", "group" => self.group).increment(1);
        self.stuck.store(true, Ordering::Relaxed);
        self.health.down(reason);
    }

    /// The batch got through.
    pub fn unstuck(&self) {
        if self.stuck.swap(false, Ordering::Relaxed) {
            self.health.up();
        }
    }

    /// The first `done` records of the batch are done.
    pub fn processed(&self, batch: &[Message], done: usize) {
        let Some(last) = batch.get(..done).and_then(<[Message]>::last) else { return };
        #[expect(clippy::cast_precision_loss, reason = "a batch has less than 2^52 records")]
        metrics::histogram!("bus_batch_size", "group" => self.group).record(done as f64);
        metrics::counter!("bus_records_total", "group" => self.group).increment(done as u64);
        self.behind(last);
    }

    /// The batch is still being worked on.
    pub fn waiting(&self, batch: &[Message]) {
        if let Some(first) = batch.first() {
            self.behind(first);
        }
    }

    /// There is nothing to read, as far as the broker says.
    pub fn caught_up(&self, topics: &[Topic]) {
        if !self.health.is_up() {
            return;
        }
        for topic in topics {
            self.lag(*topic, Duration::ZERO);
        }
    }

    fn behind(&self, message: &Message) {
        let lag = (SystemClock.now() - message.timestamp).to_std().unwrap_or_default();
        self.lag(message.topic, lag);
    }

    fn lag(&self, topic: Topic, lag: Duration) {
        metrics::gauge!("bus_consumer_lag_seconds", "group" => self.group, "topic" => topic.base_name())
            .set(lag.as_secs_f64());
    }
}
