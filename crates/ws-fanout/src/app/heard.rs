//! An order event as it stands in the log.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use contracts::events::v1::OrderEvent;
use contracts::events::v1::order_event::Type;
use contracts::order::PizzaOrder;
use domain::ids::{BranchId, OrderId};
use prost::Message as _;

use super::seq::Seq;

/// One event, read and checked.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Where it stands.
    pub seq: Seq,
    /// When the log took it.
    pub logged_at: DateTime<Utc>,
    /// Trace id of the request that caused it, 32 hex digits.
    pub trace: Option<String>,
    /// Whose order it is.
    pub branch: BranchId,
    /// Which order it is about.
    pub order_id: OrderId,
    /// The order's state after the change.
    pub order: PizzaOrder,
    /// The rest of the event; its own `order` has been moved out.
    pub event: OrderEvent,
    /// The record as it came: what history keeps.
    pub payload: Bytes,
}

/// Why a record cannot be told to anybody.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The bytes are no event.
    #[error("the record is no order event")]
    Bytes(#[from] prost::DecodeError),
    /// A part without which nobody can be told.
    #[error("the event has no usable {0}")]
    Missing(&'static str),
}

impl Heard {
    /// Reads a record's bytes.
    pub fn read(
        seq: Seq,
        logged_at: DateTime<Utc>,
        trace: Option<String>,
        payload: Bytes,
    ) -> Result<Self, Unreadable> {
        let mut event = OrderEvent::decode(payload.clone())?;
        let branch = event.branch_id.parse().map_err(|_| Unreadable::Missing("branch_id"))?;
        let order_id = event.order_id.parse().map_err(|_| Unreadable::Missing("order_id"))?;
        let mut order = event.order.take().unwrap_or_default();
        // a duplicate is about an order that was never stored
        if order.id.is_empty() && event.r#type() != Type::Duplicate {
            return Err(Unreadable::Missing("order"));
        }
        order.version = event.version;
        Ok(Self { seq, logged_at, trace, branch, order_id, order, event, payload })
    }
}
