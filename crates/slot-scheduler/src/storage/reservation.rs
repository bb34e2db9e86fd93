//! One order's place, as the log tells of it.

use chrono::{DateTime, Utc};
use domain::calendar::SlotTime;
use domain::ids::{BranchId, OrderId};
use domain::slots::{DisplayNumber, Need};

/// What an order holds of its slot, and what repeats of its call need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Whose place it is.
    pub order_id: OrderId,
    /// The cooking branch.
    pub branch: BranchId,
    /// The slot.
    pub slot: SlotTime,
    /// The number people call out.
    pub number: DisplayNumber,
    /// When the kitchen sees the order.
    pub visible_at: DateTime<Utc>,
    /// When the order was accepted.
    pub placed_at: DateTime<Utc>,
    /// What the order takes of the slot.
    pub need: Need,
    /// The idempotency key and its scope, hashed; empty without a key.
    pub key_hash: String,
    /// Of the request that placed the order.
    pub fingerprint: Vec<u8>,
    /// The priced order, byte for byte; empty once no repeat can ask for it.
    pub record: Vec<u8>,
    /// Booked above a limit, because it turned up on the log after its hold had ended.
    pub over: bool,
}
