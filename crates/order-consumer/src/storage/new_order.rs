//! An accepted order on its way into the tables.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use contracts::record::Accepted;
use domain::ids::OrderId;
use domain::orders::status::OrderStatus;

use super::order::{Order, first_state};

/// A record of `pizza-orders` that passed every check.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// What it says.
    pub accepted: Accepted,
    /// The record, to the byte as it was on the log.
    pub bytes: Bytes,
}

impl NewOrder {
    /// Which order.
    pub const fn id(&self) -> OrderId {
        self.accepted.id
    }

    /// Whose keys its own is one of.
    pub fn scope(&self) -> &str {
        &self.accepted.order.idempotency_scope
    }

    /// The key that its caller has given it; empty: none.
    pub fn key(&self) -> &str {
        &self.accepted.order.idempotency_key
    }

    /// The order's first state; the kitchen sees it if its time has come by `now`.
    pub fn into_first_state(self, now: DateTime<Utc>) -> Order {
        let Accepted { id, created_at, branch, slot_start, visible_at, order: mut full, .. } = self.accepted;
        let shown = visible_at <= now;
        first_state(&mut full, created_at);
        full.shown = shown;
        Order {
            id,
            created_at,
            branch,
            status: OrderStatus::Pending,
            version: 1,
            shown,
            visible_at,
            slot_start,
            full,
        }
    }
}
