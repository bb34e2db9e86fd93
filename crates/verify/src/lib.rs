//! Whether the stores, the log and a client's journal tell one story.
//!
//! [`verify`] checks the invariants I1 to I9, I12 and I13 after a system has come to rest, and only reads.
//! [`settled`] waits for that rest, [`sample_loads`] looks at a system that works.

mod checks; // one file per invariant or two
mod facts; // what the stores hold
mod frames; // what screens were shown
mod journal; // what clients were told
mod report; // verdicts
mod rest; // waiting for a system to come to rest
mod stores; // where the stores are

pub use frames::{Frames, Screen, Seen};
pub use journal::{Entry, Journal, Outcome};
pub use report::{Report, Verdict};
pub use rest::settled;
pub use stores::Stores;

use std::time::Duration;

use facts::Facts;
use facts::limits::LimitsBook;
use facts::places::Places;

/// What a run has done on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Records that cannot be stored, and must be dead letters now.
    pub dead_letters: u64,
}

/// A system at rest still shows orders by the clock and ends holds: what is wrong for longer than this is wrong.
const SECOND_LOOK: Duration = Duration::from_millis(1500);

/// Checks every invariant. Without a journal or frames, those about them are skipped.
pub async fn verify(
    stores: &Stores,
    journal: Option<&Journal>,
    frames: Option<&Frames>,
    expected: &Expected,
) -> anyhow::Result<Report> {
    let report = verify_at_once(stores, journal, frames, expected).await?;
    if report.holds() {
        return Ok(report);
    }
    tokio::time::sleep(SECOND_LOOK).await;
    verify_at_once(stores, journal, frames, expected).await
}

/// The same with one look, for stores that nobody writes to.
pub async fn verify_at_once(
    stores: &Stores,
    journal: Option<&Journal>,
    frames: Option<&Frames>,
    expected: &Expected,
) -> anyhow::Result<Report> {
    let facts = Facts::read(stores).await?;
    Ok(checks::all(&facts, journal, frames, *expected))
}

/// Slots that hold more than they may, or not what they say, while the system works (I4 and I5). Orders that
/// were booked above a limit and say so do not count.
pub async fn sample_loads(stores: &Stores) -> anyhow::Result<Vec<String>> {
    let mut conn = stores.postgres().await?;
    let limits = LimitsBook::read(&mut conn).await?;
    drop(conn);
    let mut redis = stores.redis().await?;
    let branches: Vec<_> = limits.branches().collect();
    let places = Places::sample(&mut redis, &branches).await?;
    Ok(checks::sample(&places, &limits))
}
