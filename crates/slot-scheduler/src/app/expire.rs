//! Ending holds that nothing followed, and only those.
//!
//! A hold whose time is over may still belong to an accepted order that the reader of the log has not met yet.
//! So a hold ends only when the tables hold everything that was on the log at the moment it ran out.

use std::collections::HashSet;

use domain::ids::{BranchId, OrderId};
use domain::slots::ReservationState;

use super::ports::LogEnds;
use super::{SlotError, Slots};
use crate::storage::positions::Positions;
use crate::storage::{Reservation, positions, reservations};

/// How many holds of a branch end in one go.
const HOLDS_PER_BRANCH: usize = 500;
/// How many branches are asked together.
const BRANCHES_PER_CALL: usize = 500;

impl Slots {
    /// Ends the holds that ran out, unless the reader of the log is behind; how many ended.
    pub async fn expire<L: LogEnds>(&self, log: &L) -> Result<usize, SlotError> {
        let due = self.now();
        let mut expired = 0;
        for branches in self.branch_ids().chunks(BRANCHES_PER_CALL) {
            let holds = self.store.due_holds(due, branches, HOLDS_PER_BRANCH).await?;
            if holds.is_empty() {
                continue;
            }
            let ends = log.ends().await?;
            if !self.has_read(&ends).await? {
                return Ok(expired);
            }
            for (branch, orders) in holds {
                let unheard_of = self.unheard_of(&orders).await?;
                let ended = self.store.expire(due, branch, &unheard_of).await?;
                report(branch, ended);
                expired += ended;
            }
        }
        Ok(expired)
    }

    /// Whether the tables hold everything before these offsets.
    pub(super) async fn has_read(&self, ends: &Positions) -> Result<bool, SlotError> {
        let mut conn = self.pool.get().await?;
        let reached = positions::load(&mut conn).await?;
        let reached = |partition| reached.get(partition).copied().unwrap_or(0);
        Ok(ends.iter().all(|(partition, end)| reached(partition) >= *end))
    }

    /// Those of the orders that never came. What the log says of the others is said to Redis again.
    async fn unheard_of(&self, orders: &[OrderId]) -> Result<Vec<OrderId>, SlotError> {
        let mut conn = self.pool.get().await?;
        let came = reservations::known(&mut conn, orders).await?;
        let known: HashSet<_> = came.iter().map(|(order, _)| order.order_id).collect();
        let (freed, placed): (Vec<_>, Vec<_>) =
            came.into_iter().partition(|(_, state)| *state == ReservationState::Freed);
        let bare =
            |orders: Vec<(Reservation, _)>| orders.into_iter().map(|(order, _)| order).collect::<Vec<_>>();
        let over = self.settle(&bare(placed), &bare(freed)).await?;
        reservations::mark_over(&mut conn, &over).await?;
        Ok(orders.iter().copied().filter(|order| !known.contains(order)).collect())
    }
}

fn report(branch: BranchId, ended: usize) {
    if ended > 0 {
        metrics::counter!("slot_holds_expired_total").increment(ended as u64);
        tracing::info!(branch.id = %branch, holds = ended, "{ended} holds of branch {branch} ran out");
    }
}
