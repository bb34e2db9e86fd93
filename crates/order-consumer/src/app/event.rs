//! The events of an order: its full state after a change, told once per version.

use chrono::{DateTime, Utc};
use contracts::events::v1::OrderEvent;
use contracts::events::v1::order_event::Type;
use contracts::order::PizzaOrder;
use contracts::topics::Topic;
use domain::ids::OrderId;
use domain::orders::status::OrderStatus;
use prost::Message as _;
use sha2::{Digest, Sha256};
use store::outbox::OutboxEvent;
use uuid::Uuid;

use crate::storage::Order;

/// Who acts when no person does.
pub const SYSTEM: &str = "system";

/// The order is stored.
pub fn created(mut order: Order) -> OrderEvent {
    let full = std::mem::take(&mut order.full);
    let to_status = order.status.as_str().to_owned();
    OrderEvent { to_status, order: Some(full), ..change(&order, Type::Created, order.created_at, SYSTEM) }
}

/// The order's visible time has come.
pub fn visible(order: &Order, at: DateTime<Utc>) -> OrderEvent {
    event(order, Type::Visible, at, SYSTEM)
}

/// The order has left one status for another.
pub fn status_changed(order: &Order, from: OrderStatus, at: DateTime<Utc>, actor: &str) -> OrderEvent {
    let kind = if order.status == OrderStatus::Cancelled { Type::Cancelled } else { Type::StatusChanged };
    OrderEvent {
        from_status: from.as_str().to_owned(),
        to_status: order.status.as_str().to_owned(),
        ..event(order, kind, at, actor)
    }
}

/// A second order came with the key of another one: it is not stored.
pub fn duplicate(order: PizzaOrder, original: OrderId, accepted_at: DateTime<Utc>) -> OrderEvent {
    OrderEvent {
        event_id: event_id(&order.id, "duplicate").to_string(),
        r#type: Type::Duplicate.into(),
        branch_id: order.branch_id.clone(),
        order_id: order.id.clone(),
        version: 1,
        at: Some(accepted_at.into()),
        actor: SYSTEM.to_owned(),
        order: Some(order),
        original_order_id: original.to_string(),
        ..OrderEvent::default()
    }
}

/// The event as a row of the outbox.
pub fn outbox_row(event: &OrderEvent, at: DateTime<Utc>) -> OutboxEvent {
    OutboxEvent {
        event_id: id_of(event),
        topic: Topic::OrderEvents,
        key: event.branch_id.clone(),
        payload: event.encode_to_vec(),
        trace: chassis::trace::current(),
        created_at: at,
    }
}

/// The event's id, which is the same whenever the same change is told.
pub fn id_of(event: &OrderEvent) -> Uuid {
    event.event_id.parse().unwrap_or_default()
}

fn event(order: &Order, kind: Type, at: DateTime<Utc>, actor: &str) -> OrderEvent {
    OrderEvent { order: Some(order.full.clone()), ..change(order, kind, at, actor) }
}

/// The event without the order's state.
fn change(order: &Order, kind: Type, at: DateTime<Utc>, actor: &str) -> OrderEvent {
    let order_id = order.id.to_string();
    OrderEvent {
        event_id: event_id(&order_id, &order.version.to_string()).to_string(),
        r#type: kind.into(),
        branch_id: order.branch.to_string(),
        order_id,
        version: order.version,
        at: Some(at.into()),
        actor: actor.to_owned(),
        ..OrderEvent::default()
    }
}

/// Made from what the event is about, so that telling it again after a crash is telling the same event.
fn event_id(order: &str, what: &str) -> Uuid {
    let hash = Sha256::new().chain_update(order).chain_update(":").chain_update(what).finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash).for_each(|(byte, hashed)| *byte = hashed);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_told_again_has_the_same_id_and_another_version_another_one() {
        let order = "019c1a00-0000-7000-8000-000000000001";

        assert_eq!(event_id(order, "1"), event_id(order, "1"));
        assert_ne!(event_id(order, "1"), event_id(order, "2"));
        assert_eq!(event_id(order, "1").get_version_num(), 8);
    }
}
