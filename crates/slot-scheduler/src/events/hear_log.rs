//! Accepted orders from `pizza-orders`, cancelled ones from `order-events`.
//!
//! A record that is no order confirms nothing and is named in a warning; order-consumer keeps it among the dead
//! letters.

use std::sync::Arc;
use std::time::Duration;

use bus::{BatchHandler, Group, Message, UnknownSchema};
use chrono::DateTime;
use contracts::events::v1::{OrderEvent, order_event};
use contracts::order::PizzaOrder;
use contracts::record::{self, BadRecord};
use contracts::topics::Topic;
use domain::calendar::SlotTime;
use domain::ids::{BranchId, OrderId};
use domain::slots::{DisplayNumber, Need};
use prost::Message as _;

use crate::app::follow::LogBatch;
use crate::app::{SlotError, Slots};
use crate::storage::Reservation;
use crate::storage::redis::key_hash;

/// What this service follows.
pub const TOPICS: &[Topic] = &[Topic::PizzaOrders, Topic::OrderEvents];

/// The group that it follows as.
pub const GROUP: Group = Group { gather: GATHER, ..Group::new("slot-scheduler", TOPICS) };

/// A hold lasts for a minute: its confirmation may wait until there are several.
const GATHER: Duration = Duration::from_millis(50);

/// Why a record counts for nothing here.
#[derive(Debug, thiserror::Error)]
enum LeftOut {
    #[error(transparent)]
    NoOrder(#[from] BadRecord),
    #[error(transparent)]
    Schema(#[from] UnknownSchema),
    #[error("it cannot be decoded: {0}")]
    Undecodable(#[from] prost::DecodeError),
    #[error("its ids, its slot or its number cannot be read")]
    WithoutPlace,
}

/// Writes down what the log says.
pub struct HearLog {
    slots: Arc<Slots>,
}

impl HearLog {
    /// Tells the use cases what it hears.
    pub const fn new(slots: Arc<Slots>) -> Self {
        Self { slots }
    }
}

impl BatchHandler for HearLog {
    type Error = SlotError;
    type Rest = ();

    async fn handle(&self, batch: &[Message]) -> Result<(), SlotError> {
        self.slots.follow(read(batch)).await
    }
}

fn read(batch: &[Message]) -> LogBatch {
    let mut heard = LogBatch::default();
    for message in batch {
        let said = match message.topic {
            Topic::PizzaOrders => placed(message).map(|order| heard.placed.push(order)),
            Topic::OrderEvents => cancelled(message).map(|order| heard.cancelled.extend(order)),
            Topic::PizzaOrdersDlq | Topic::SlotEvents | Topic::MenuEvents => Ok(()),
        };
        if let Err(why) = said {
            warn_of(message, &why);
        }
        let partition = (message.topic.base_name().to_owned(), message.partition);
        heard.reached.insert(partition, message.offset + 1);
    }
    heard
}

fn warn_of(message: &Message, why: &LeftOut) {
    let Message { topic, partition, offset, key, .. } = message;
    let topic = topic.base_name();
    let key = String::from_utf8_lossy(key.as_deref().unwrap_or_default());
    tracing::warn!(topic, partition, offset, %key, "record {key} of {topic} is left out: {why}");
}

fn placed(message: &Message) -> Result<Reservation, LeftOut> {
    let read = record::accepted(&message.payload, message.schema_version())?;
    reservation(read.id, read.branch, &read.order, &message.payload).ok_or(LeftOut::WithoutPlace)
}

/// A cancelled order, or a second one of a key that another order holds.
fn cancelled(message: &Message) -> Result<Option<Reservation>, LeftOut> {
    let event = OrderEvent::decode(message.known_payload()?.clone())?;
    let ends = matches!(event.r#type(), order_event::Type::Cancelled | order_event::Type::Duplicate);
    if !ends {
        return Ok(None);
    }
    let place = || {
        let order = event.order?;
        let (order_id, branch) = (event.order_id.parse().ok()?, event.branch_id.parse().ok()?);
        // A repeat of the call is answered with the order, even when the cancel is all that was heard of it.
        reservation(order_id, branch, &order, &order.encode_to_vec())
    };
    place().map(Some).ok_or(LeftOut::WithoutPlace)
}

fn reservation(
    order_id: OrderId,
    branch: BranchId,
    order: &PizzaOrder,
    record: &[u8],
) -> Option<Reservation> {
    let start = DateTime::from_timestamp(order.slot_start, 0).filter(|_| order.slot_start > 0)?;
    let end = DateTime::from_timestamp(order.slot_end, 0).filter(|end| *end > start)?;
    let placed_at = DateTime::from_timestamp_nanos(order.created_at);
    Some(Reservation {
        order_id,
        branch,
        slot: SlotTime { start, end, business_date: order.business_date.parse().ok()? },
        number: DisplayNumber(u32::try_from(order.display_number).ok()?),
        visible_at: record::visible_at(order).unwrap_or(placed_at),
        placed_at,
        need: need(order),
        key_hash: key_hash(&order.idempotency_scope, &order.idempotency_key),
        fingerprint: order.fingerprint.clone(),
        record: record.to_vec(),
        over: false,
    })
}

fn need(order: &PizzaOrder) -> Need {
    let unsaid = || Need {
        roubles: u64::try_from(order.total_price).unwrap_or(0),
        orders: 1,
        deliveries: u64::from(!order.is_pickup),
        ..Need::ZERO
    };
    order.need.as_ref().map_or_else(unsaid, Need::from)
}

#[cfg(test)]
mod tests;
