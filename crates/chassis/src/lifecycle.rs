//! All parts of a process live and die together.

use std::future::Future;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The parts of a process and the wish to stop.
#[derive(Debug)]
pub struct Lifecycle {
    stop: CancellationToken,
    tasks: TaskTracker,
    grace: Duration,
}

impl Lifecycle {
    /// A life that gives its parts `grace` to end once asked.
    pub fn new(grace: Duration) -> Self {
        Self { stop: CancellationToken::new(), tasks: TaskTracker::new(), grace }
    }

    /// Cancelled when the process should end.
    pub fn stop_signal(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a part of the process. When any part ends, by return or by panic, all parts are asked to stop.
    pub fn spawn(&self, part: &'static str, work: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let stop_all = self.stop.clone().drop_guard();
        self.tasks.spawn(async move {
            let _stop_all = stop_all;
            match work.await {
                Ok(()) => tracing::info!(part, "{part} has stopped"),
                Err(error) => {
                    tracing::error!(part, error = format!("{error:#}"), "{part} has failed: {error:#}");
                }
            }
        });
    }

    /// Waits for SIGTERM, ctrl-c or a part's end, then for the parts. A second signal ends the process at once.
    pub async fn run_until_stopped(self) -> anyhow::Result<()> {
        let mut signals = Signals::listen()?;
        let ended_early = tokio::select! {
            name = signals.next() => {
                tracing::info!(signal = name, "{name} received, stopping");
                false
            }
            () = self.stop.cancelled() => true,
        };
        self.stop.cancel();
        self.tasks.close();
        tokio::select! {
            done = tokio::time::timeout(self.grace, self.tasks.wait()) => {
                done.context("some parts did not stop in time")?;
            }
            name = signals.next() => bail!("{name} received again, leaving at once"),
        }
        if ended_early {
            bail!("a part has ended early, see above")
        }
        Ok(())
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
        let interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
        Ok(Self { terminate, interrupt })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_part_that_ends_stops_the_others_and_fails_the_process() {
        let lifecycle = Lifecycle::new(Duration::from_secs(5));
        let stop = lifecycle.stop_signal();
        lifecycle.spawn("waits", async move {
            stop.cancelled().await;
            Ok(())
        });
        lifecycle.spawn("fails", async { bail!("no port") });

        let ended = lifecycle.run_until_stopped().await.unwrap_err();

        assert_eq!(ended.to_string(), "a part has ended early, see above");
    }

    #[tokio::test]
    async fn a_part_that_panics_stops_the_others_too() {
        let lifecycle = Lifecycle::new(Duration::from_secs(5));
        let stop = lifecycle.stop_signal();
        lifecycle.spawn("panics", async { panic!("on purpose") });

        stop.cancelled().await;

        assert!(lifecycle.run_until_stopped().await.is_err());
    }

    #[tokio::test]
    async fn a_part_that_does_not_stop_is_left_behind() {
        let lifecycle = Lifecycle::new(Duration::from_millis(20));
        lifecycle.spawn("stubborn", std::future::pending());
        lifecycle.stop_signal().cancel();

        let ended = lifecycle.run_until_stopped().await.unwrap_err();

        assert_eq!(ended.to_string(), "some parts did not stop in time");
    }
}
