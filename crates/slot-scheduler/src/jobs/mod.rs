//! What runs by the clock: each job tries again at its next turn when a store is down.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use chassis::Check;
use domain::calendar::OpeningHours;
use domain::{ErrorKind, ServiceError};
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::app::ports::LogEnds;
use crate::app::{SlotError, Slots};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

/// Keeps the book of branches fresh, and makes the first branch of a fresh system.
pub async fn refresh(
    slots: Arc<Slots>,
    first_hours: OpeningHours,
    health: Check,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut turns = turns(SECOND);
    while next_turn(&mut turns, &stop).await {
        let refreshed = slots.refresh(&first_hours).await;
        say(&health, &refreshed);
        report("refresh", &refreshed);
    }
    Ok(())
}

/// Ends holds that nothing followed.
pub async fn expire<L: LogEnds>(
    slots: Arc<Slots>,
    log: Arc<L>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut turns = turns(SECOND);
    while next_turn(&mut turns, &stop).await {
        report("expire", &slots.expire(&*log).await);
    }
    Ok(())
}

/// Fills branches that the store has forgotten; slots are ready when there are none.
pub async fn rebuild<L: LogEnds>(
    slots: Arc<Slots>,
    log: Arc<L>,
    health: Check,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut turns = turns(SECOND);
    while next_turn_or(&mut turns, slots.forgotten(), &stop).await {
        let rebuilt = slots.rebuild(&*log).await;
        say(&health, &rebuilt);
        report("rebuild", &rebuilt);
    }
    Ok(())
}

/// Forgets what is over, and tells the store again what people set.
pub async fn finish(slots: Arc<Slots>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut turns = turns(MINUTE);
    while next_turn(&mut turns, &stop).await {
        report("finish", &slots.finish().await);
        report("overrides", &slots.resend_overrides().await);
    }
    Ok(())
}

fn turns(pause: Duration) -> Interval {
    let mut turns = tokio::time::interval(pause);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    turns
}

/// Waits for the next turn; `false` when there is none. Only the waiting is interrupted, never the work.
async fn next_turn(turns: &mut Interval, stop: &CancellationToken) -> bool {
    next_turn_or(turns, std::future::pending(), stop).await
}

async fn next_turn_or(
    turns: &mut Interval,
    earlier: impl Future<Output = ()>,
    stop: &CancellationToken,
) -> bool {
    tokio::select! {
        () = stop.cancelled() => false,
        () = earlier => true,
        _ = turns.tick() => true,
    }
}

fn say<T>(health: &Check, outcome: &Result<T, SlotError>) {
    match outcome {
        Ok(_) => health.up(),
        Err(error) => health.down(with_cause(error)),
    }
}

fn with_cause(error: &SlotError) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

fn report<T>(job: &'static str, outcome: &Result<T, SlotError>) {
    let Err(error) = outcome else { return };
    let cause = error as &dyn std::error::Error;
    if error.kind() == ErrorKind::Internal {
        tracing::error!(job, error = cause, "the job {job} has failed: {}", with_cause(error));
    } else {
        tracing::warn!(job, error = cause, "the job {job} waits for its next turn: {}", with_cause(error));
    }
}
