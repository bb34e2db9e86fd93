//! From the slot to the acknowledgement, in one piece.
//!
//! A hold is given back only for an order that cannot be on the log: one that this very call has made, and that the
//! log refused for certain. In every other case the hold runs to its end, or its order turns up and confirms it.

use std::sync::Arc;
use std::time::Duration;

use contracts::order::PizzaOrder;
use contracts::record;
use domain::{ErrorKind, ServiceError as _};
use edge::client::CallFailed;
use prost::Message as _;

use super::ports::{NotCommitted, SlotGiven, SlotWanted};
use super::{PlaceError, Ports};

/// A hold lives for a minute; a commit has to end well inside.
const COMMIT: Duration = Duration::from_secs(15);
const SLOT: Duration = Duration::from_secs(2);

/// An order that has a place in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The order as it is on the log.
    pub order: PizzaOrder,
    /// An earlier call with this key has placed it.
    pub replayed: bool,
}

/// A priced order on its way to the log.
pub(super) struct Commit {
    pub(super) ports: Arc<Ports>,
    pub(super) wanted: SlotWanted,
    /// Absent when only an earlier call's order will do.
    pub(super) draft: Option<PizzaOrder>,
}

impl Commit {
    pub(super) async fn run(self) -> Result<Placed, PlaceError> {
        let (branch, order_id) = (self.wanted.branch, self.wanted.order_id);
        let given = self.slot().await?;
        let (draft, replayed) = match given.first_record {
            None => (self.draft.ok_or(PlaceError::FirstRecordMissing)?, false),
            Some(record) => {
                let first =
                    PizzaOrder::decode(record.as_slice()).map_err(PlaceError::FirstRecordUnreadable)?;
                // a question asked twice finds the hold of its own first try
                let is_earlier = first.id != order_id.to_string();
                (first, is_earlier)
            }
        };
        let order = record::with_slot(draft, &given.slot);
        if given.is_confirmed {
            return Ok(Placed { order, replayed });
        }
        let Err(failure) = commit(&self.ports, &order).await else {
            let id = &order.id;
            tracing::debug!(target: "orders", { order.id = %id, slot.id = %order.target_slot_id }, "order {id} is on the log");
            return Ok(Placed { order, replayed });
        };
        // an earlier call may have written what this one repeats
        let is_certain = matches!(failure, NotCommitted::Refused(_)) && !replayed;
        if is_certain && let Err(error) = self.ports.slots.release(branch, order_id).await {
            tracing::warn!(order.id = %order_id, %error, "the hold of order {order_id} runs to its end");
        }
        Err(PlaceError::LogDown(failure))
    }

    /// Asks a second time if there was no answer at all: the same order gets the same slot.
    async fn slot(&self) -> Result<SlotGiven, CallFailed> {
        match self.ports.slots.assign(self.wanted.clone(), SLOT).await {
            Err(failed) if !failed.is_answer() && failed.kind() == ErrorKind::Unavailable => {
                self.ports.slots.assign(self.wanted.clone(), SLOT).await
            }
            outcome => outcome,
        }
    }
}

async fn commit(ports: &Ports, order: &PizzaOrder) -> Result<(), NotCommitted> {
    match tokio::time::timeout(COMMIT, ports.log.commit(order)).await {
        Ok(outcome) => outcome,
        Err(late) => Err(NotCommitted::InDoubt(late.into())),
    }
}

#[cfg(test)]
mod tests;
