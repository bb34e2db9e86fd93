//! An order as it is now: the accepted record, and what changed since.

use chrono::{DateTime, Utc};
use contracts::order::{PizzaOrder, StatusChange};
use domain::ids::{BranchId, OrderId};
use domain::orders::status::OrderStatus;

/// An order in its present state.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Which order.
    pub id: OrderId,
    /// The millisecond in the id; tells the partition.
    pub created_at: DateTime<Utc>,
    /// Whose kitchen cooks it.
    pub branch: BranchId,
    /// Where it is in its life.
    pub status: OrderStatus,
    /// Raised by every change, from 1.
    pub version: i64,
    /// Whether the kitchen sees it.
    pub shown: bool,
    /// When the kitchen is to see it.
    pub visible_at: DateTime<Utc>,
    /// When its slot starts.
    pub slot_start: DateTime<Utc>,
    /// The full state, as events carry it.
    pub full: PizzaOrder,
}

impl Order {
    /// Takes the next version.
    pub fn raise_version(&mut self) {
        self.version += 1;
        self.full.version = self.version;
    }

    /// The kitchen sees the order from now on.
    pub fn show(&mut self) {
        self.shown = true;
        self.full.shown = true;
    }

    /// Enters the next status, and notes who caused it and when.
    pub fn enter(&mut self, status: OrderStatus, at: DateTime<Utc>, actor: &str) {
        self.raise_version();
        self.status = status;
        status.as_str().clone_into(&mut self.full.status);
        self.full.history.push(StatusChange {
            status: status.as_str().to_owned(),
            at: at.timestamp_millis(),
            actor: actor.to_owned(),
            version: self.version,
        });
    }
}

/// Completes an accepted record to the state of version 1.
pub(super) fn first_state(record: &mut PizzaOrder, created_at: DateTime<Utc>) {
    record.version = 1;
    OrderStatus::Pending.as_str().clone_into(&mut record.status);
    for item in &mut record.items {
        item.version = 1;
        "pending".clone_into(&mut item.status);
    }
    record.history = vec![StatusChange {
        status: record.status.clone(),
        at: created_at.timestamp_millis(),
        actor: record.placed_by.clone(),
        version: 1,
    }];
}
