//! An accepted order on its way into the tables.

use chrono::{DateTime, NaiveDate, Utc};
use contracts::order::PizzaOrder;
use domain::ids::{BranchId, ItemId, OrderId};
use domain::orders::status::OrderStatus;

use super::order::{Order, first_state};

/// A record of `pizza-orders` that passed every check.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// Which order.
    pub id: OrderId,
    /// The millisecond in the id.
    pub created_at: DateTime<Utc>,
    /// Whose kitchen cooks it.
    pub branch: BranchId,
    /// Calendar day of the branch's business.
    pub business_date: NaiveDate,
    /// When its slot starts.
    pub slot_start: DateTime<Utc>,
    /// When its slot ends.
    pub slot_end: DateTime<Utc>,
    /// When the kitchen is to see it.
    pub visible_at: DateTime<Utc>,
    /// Ids of the items, in their order.
    pub items: Vec<ItemId>,
    /// The record, decoded.
    pub record: PizzaOrder,
    /// The record, to the byte as it was on the log.
    pub bytes: Vec<u8>,
}

impl NewOrder {
    /// The order's first state; the kitchen sees it if its time has come by `now`.
    pub fn first_state(&self, now: DateTime<Utc>) -> Order {
        let shown = self.visible_at <= now;
        let mut full = self.record.clone();
        first_state(&mut full, self.created_at);
        full.shown = shown;
        Order {
            id: self.id,
            created_at: self.created_at,
            branch: self.branch,
            status: OrderStatus::Pending,
            version: 1,
            shown,
            visible_at: self.visible_at,
            slot_start: self.slot_start,
            full,
        }
    }
}
