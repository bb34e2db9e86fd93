//! Changes of slots, settings and branches, told on `slot-events`.

use chassis::trace;
use contracts::events::v1::{SlotEvent, slot_event::What};
use contracts::timestamp::Timestamp;
use contracts::topics::Topic;
use prost::Message as _;
use store::outbox::OutboxEvent;

use crate::app::ports::{Change, Told};
use crate::app::wire;

/// The record that tells of a change; its key is the branch.
pub fn tell(told: &Told<'_>) -> OutboxEvent {
    let (branch, what) = match told.change {
        Change::Slot(slot) => (slot.id.branch, What::SlotChanged(wire::slot(slot, false))),
        Change::Config(branch) => (branch.id, What::ConfigChanged(wire::config(branch))),
        Change::Branch(branch) => (branch.id, What::BranchChanged(wire::branch(branch))),
    };
    let event = SlotEvent {
        event_id: told.event_id.to_string(),
        branch_id: branch.to_string(),
        at: Some(Timestamp::from(told.at)),
        actor: told.actor.to_owned(),
        what: Some(what),
    };
    OutboxEvent {
        event_id: told.event_id,
        topic: Topic::SlotEvents,
        key: branch.to_string(),
        payload: event.encode_to_vec(),
        trace: trace::current(),
        created_at: told.at,
    }
}
