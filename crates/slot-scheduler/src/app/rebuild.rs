//! Filling a store that has lost its memory, from what the log has left in the tables.

use std::collections::BTreeMap;
use std::iter;
use std::time::Duration as Wait;

use chrono::{DateTime, Duration, Utc};
use domain::ids::BranchId;
use domain::slots::DisplayNumber;
use store::Conn;
use tokio::time::{Instant, sleep};

use super::ports::LogEnds;
use super::{SlotError, Slots};
use crate::storage::lock::MemoryLock;
use crate::storage::positions::Positions;
use crate::storage::redis::BranchMemory;
use crate::storage::{book, numbers, overrides, reservations};

/// Slots that ended longer ago are of no interest.
const AFTER_END: Duration = Duration::hours(2);
/// A repeat of a call finds the first answer for two days.
const REPEATS: Duration = Duration::hours(48);
/// Numbers given out shortly before the loss may be unknown: the counter skips that many.
const NUMBERS_SKIPPED: u32 = 100;
/// How long the reader of the log may take to come to its end.
const READER_DEADLINE: Wait = Wait::from_secs(30);
const READER_POLL: Wait = Wait::from_millis(50);

impl Slots {
    /// Fills every branch that the store has forgotten; how many there were.
    ///
    /// Orders on the log at this moment must be in the tables first: they took their places before the loss.
    pub async fn rebuild<L: LogEnds>(&self, log: &L) -> Result<usize, SlotError> {
        let forgotten = self.store.forgotten(&self.branch_ids()).await?;
        if forgotten.is_empty() {
            return Ok(0);
        }
        self.store.forget(&forgotten).await?;
        self.wait_until_read(&log.ends().await?).await?;
        for branch in &forgotten {
            self.rebuild_branch(*branch).await?;
        }
        Ok(forgotten.len())
    }

    async fn wait_until_read(&self, ends: &Positions) -> Result<(), SlotError> {
        let deadline = Instant::now() + READER_DEADLINE;
        while !self.has_read(ends).await? {
            if Instant::now() >= deadline {
                return Err(SlotError::Rebuilding);
            }
            sleep(READER_POLL).await;
        }
        Ok(())
    }

    async fn rebuild_branch(&self, branch: BranchId) -> Result<(), SlotError> {
        let mut lock = MemoryLock::default();
        let conn = lock.alone(&self.pool).await?;
        // Another instance may have been faster; filling twice would wipe holds made since.
        if !self.store.forgotten(&[branch]).await?.is_empty() {
            let now = self.now();
            let memory = self.remember(conn, branch, now).await?;
            if !self.store.refill(branch, &memory, now).await? {
                tracing::warn!(branch.id = %branch, "branch {branch} was forgotten again while it was rebuilt");
                lock.release().await?;
                return Err(SlotError::Rebuilding);
            }
            let orders = memory.live.len();
            tracing::info!(branch.id = %branch, orders, "branch {branch} is rebuilt with {orders} live orders");
        }
        Ok(lock.release().await?)
    }

    async fn remember(
        &self,
        conn: &mut Conn,
        branch: BranchId,
        now: DateTime<Utc>,
    ) -> Result<BranchMemory, SlotError> {
        let end = now - AFTER_END;
        let known = self.branch_or_default(Some(branch))?;
        let yesterday = known.calendar.business_date(now - Duration::hours(24));
        let horizon = now + Duration::days(i64::from(known.config.horizon_days));
        let last = known.calendar.business_date(horizon);
        let mut highest = BTreeMap::new();
        if book::note_filled(conn, branch).await? {
            // Even of a date without a row, numbers may be on their way to the log.
            let dates = iter::successors(Some(yesterday), |date| Some(date.next()));
            highest.extend(dates.take_while(|date| *date <= last).map(|date| (date, DisplayNumber(0))));
        }
        highest.extend(reservations::highest_numbers(conn, branch, yesterday).await?);
        Ok(BranchMemory {
            live: reservations::live(conn, branch, end).await?,
            ended: reservations::ended(conn, branch, now - REPEATS, end).await?,
            overrides: overrides::ending_after(conn, branch, end).await?,
            numbers: numbers::skip(conn, branch, &highest, NUMBERS_SKIPPED).await?,
            stale: known.calendar.slots(end, horizon).map(|slot| slot.start).collect(),
        })
    }
}
