//! What runs by the clock.

pub mod hot_state; // repairs the hot copies
pub mod keep; // partitions ahead, and what may be forgotten
pub mod show; // orders whose time has come

use std::error::Error;
use std::time::Duration;

use chassis::causes;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// A beat to work to. A failure is logged when it begins and when it ends, not at every try.
struct Beat {
    ticks: Interval,
    what: &'static str,
    fails: bool,
}

impl Beat {
    /// Beats at once, then after every `period`; `what` completes "could not".
    fn new(period: Duration, what: &'static str) -> Self {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { ticks, what, fails: false }
    }

    /// Waits for the next beat; `false` when the process ends first.
    async fn next(&mut self, stop: &CancellationToken) -> bool {
        tokio::select! {
            () = stop.cancelled() => false,
            _ = self.ticks.tick() => true,
        }
    }

    /// Notes how the work went.
    fn note<T, E: Error>(&mut self, outcome: &Result<T, E>) {
        let what = self.what;
        match outcome {
            Ok(_) if self.fails => tracing::info!("can {what} again"),
            Ok(_) => {}
            Err(error) if self.fails => tracing::debug!(error = causes(error), "still could not {what}"),
            Err(error) => tracing::warn!(error = causes(error), "could not {what}: {error}"),
        }
        self.fails = outcome.is_err();
    }
}
