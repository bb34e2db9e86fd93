//! What the use cases need of others; `neighbours` and `events` provide it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use contracts::menu::v1::MenuSnapshot;
use contracts::order::{CustomerOrder, PizzaOrder};
use contracts::record::{GivenSlot, IdempotencyRecord};
use domain::ids::{BranchId, OrderId};
use domain::slots::Need;
use edge::client::CallFailed;
use futures_util::future::BoxFuture;

/// A slot wanted for an order.
#[derive(Clone, Debug)]
pub struct SlotWanted {
    /// Cooking branch.
    pub branch: BranchId,
    /// The order's id, unless its key is bound to another.
    pub order_id: OrderId,
    /// What it takes of its slot.
    pub need: Need,
    /// Not before this time.
    pub not_before: DateTime<Utc>,
    /// The key and what it stands for.
    pub idempotency: IdempotencyRecord,
    /// The order's record without its slot.
    pub record: Vec<u8>,
    /// Only if an earlier call with this key has its slot already.
    pub is_recall: bool,
}

/// A slot given to an order.
#[derive(Clone, Debug)]
pub struct SlotGiven {
    /// Which slot, and what comes with it.
    pub slot: GivenSlot,
    /// The record of the first call, when this one repeats it.
    pub first_record: Option<Vec<u8>>,
    /// The order has been read from the log already.
    pub is_confirmed: bool,
}

/// Kitchen time.
pub trait Slots: Send + Sync {
    /// Holds the first slot that fits, for a minute; a repeat gets the first answer.
    fn assign(&self, wanted: SlotWanted, at_most: Duration) -> BoxFuture<'_, Result<SlotGiven, CallFailed>>;

    /// Gives a hold back.
    fn release(&self, branch: BranchId, order_id: OrderId) -> BoxFuture<'_, Result<(), CallFailed>>;
}

/// What a neighbour of ours said, for the log.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The fate of an order that the log did not acknowledge.
#[derive(Debug, thiserror::Error)]
pub enum NotCommitted {
    /// It is certainly not on the log.
    #[error("the order log refuses the order")]
    Refused(#[source] Cause),
    /// It may be on the log.
    #[error("the order log did not confirm the order in time")]
    InDoubt(#[source] Cause),
}

/// The order log.
pub trait OrderLog: Send + Sync {
    /// Writes an order; `Ok` means that it is there for good.
    fn commit<'a>(&'a self, order: &PizzaOrder) -> BoxFuture<'a, Result<(), NotCommitted>>;
}

/// The order book.
pub trait Orders: Send + Sync {
    /// The customer's part of an order.
    fn track(&self, order_id: OrderId) -> BoxFuture<'_, Result<CustomerOrder, CallFailed>>;
}

/// Snapshots of the menu.
pub trait Snapshots: Send + Sync {
    /// The newest snapshot, if it is newer than `revision`.
    fn newer_than(&self, revision: u64) -> BoxFuture<'_, Result<Option<MenuSnapshot>, CallFailed>>;
}
