//! Keeping up with the log: PostgreSQL first, Redis after it.

use std::collections::HashSet;

use chassis::failpoint;
use domain::ids::OrderId;
use domain::slots::SlotConfig;
use store::Transactional as _;

use super::{SlotError, Slots};
use crate::storage::lock::MemoryLock;
use crate::storage::positions::Positions;
use crate::storage::redis::{Confirmation, Confirmed};
use crate::storage::{Reservation, positions, reservations};

/// What a batch of the log says.
#[derive(Clone, Debug, Default)]
pub struct LogBatch {
    /// Orders that were accepted.
    pub placed: Vec<Reservation>,
    /// Orders that were cancelled.
    pub cancelled: Vec<Reservation>,
    /// The offsets after the batch.
    pub reached: Positions,
}

impl Slots {
    /// Writes a batch down. Everything in it may come again: nothing happens twice.
    pub async fn follow(&self, batch: LogBatch) -> Result<(), SlotError> {
        let LogBatch { placed, cancelled, reached } = batch;
        let (placed, cancelled) = (first_of_each(placed), first_of_each(cancelled));
        // A rebuild reads the tables and then marks its branches as complete: no batch may be half done then.
        let mut lock = MemoryLock::default();
        let conn = lock.shared(&self.pool).await?;
        conn.transaction::<_, SlotError, _>(async |conn| {
            reservations::insert_confirmed(conn, &placed).await?;
            reservations::insert_freed(conn, &cancelled).await?;
            positions::advance(conn, &reached).await?;
            failpoint!("slot_scheduler::before_commit", store::StoreError::Pool("failpoint".into()).into());
            Ok(())
        })
        .await?;
        failpoint!("slot_scheduler::after_commit", store::StoreError::Pool("failpoint".into()).into());
        let over = self.settle(&placed, &cancelled).await?;
        failpoint!("slot_scheduler::after_confirm", store::StoreError::Pool("failpoint".into()).into());
        reservations::mark_over(conn, &over).await?;
        Ok(lock.release().await?)
    }

    /// Tells Redis what the tables know; answers the orders that were booked above a limit.
    pub(super) async fn settle(
        &self,
        placed: &[Reservation],
        cancelled: &[Reservation],
    ) -> Result<Vec<OrderId>, SlotError> {
        let over = self.confirm(placed).await?;
        self.store.free(self.now(), cancelled).await?;
        for order_id in &over {
            tracing::warn!(order.id = %order_id, "order {order_id} was booked above a limit of its slot");
        }
        Ok(over)
    }

    async fn confirm(&self, orders: &[Reservation]) -> Result<Vec<OrderId>, SlotError> {
        let book = self.book.load();
        let limits = |branch| {
            let config = book.branches.get(&branch).map_or(SlotConfig::DEFAULT, |branch| branch.config);
            config.limits
        };
        let confirmations: Vec<_> = orders
            .iter()
            .map(|order| Confirmation { limits: limits(order.branch), reservation: order.clone() })
            .collect();
        let confirmed = self.store.confirm(self.now(), &confirmations).await?;
        if confirmed.contains(&Confirmed::Rebuilding) {
            self.forgotten.notify_one();
        }
        let over = orders.iter().zip(confirmed).filter(|(_, did)| *did == Confirmed::Over);
        Ok(over.map(|(order, _)| order.order_id).collect())
    }
}

/// The first record of an order wins.
fn first_of_each(orders: Vec<Reservation>) -> Vec<Reservation> {
    let mut seen = HashSet::new();
    orders.into_iter().filter(|order| seen.insert(order.order_id)).collect()
}
