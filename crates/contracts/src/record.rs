//! The order record: from a priced order, with its slot, and back to what the domain checks.

mod accepted;
mod items;

use chrono::{DateTime, SecondsFormat, Utc};
use domain::ids::{BranchId, ItemId, OrderId};
use domain::money::Money;
use domain::orders::check::{RecordFault, RecordSums};
use domain::orders::choices::PaymentState;
use domain::orders::priced::Priced;
use domain::orders::status::OrderStatus;
use domain::slots::Need;

pub use self::accepted::{Accepted, BadRecord, accepted};
use crate::order::{PizzaOrder, SlotNeed};

/// The most bytes of a [`draft`]: slot-scheduler keeps each in Redis while its hold lives.
pub const LARGEST_DRAFT: usize = 64 * 1024;

/// How a customer recognises a repeat of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// Branch and caller; empty without a key.
    pub scope: String,
    /// The key as it was sent; empty without one.
    pub key: String,
    /// SHA-256 of the normalised request.
    pub fingerprint: Vec<u8>,
}

/// The slot an order was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenSlot {
    /// Id of the slot.
    pub slot_id: String,
    /// First instant of the slot.
    pub start: DateTime<Utc>,
    /// First instant after the slot.
    pub end: DateTime<Utc>,
    /// When the kitchen sees the order.
    pub visible_at: DateTime<Utc>,
    /// YYYY-MM-DD.
    pub business_date: String,
    /// Number behind the display id.
    pub display_number: i64,
    /// The number people call out.
    pub display_id: String,
}

/// The record of an order that has no slot yet. The same input gives the same bytes.
pub fn draft(
    order_id: OrderId,
    priced: &Priced,
    item_id: impl Fn(u32) -> ItemId,
    placed_by: &str,
    idempotency: IdempotencyRecord,
) -> PizzaOrder {
    PizzaOrder {
        id: order_id.to_string(),
        customer_id: priced.customer_id,
        items: priced.items.iter().map(|item| items::item(item, item_id(item.item_index))).collect(),
        is_set: priced.is_set,
        set_name: priced.set_name.clone(),
        total_price: roubles(priced.goods),
        created_at: order_id.unix_millis().unwrap_or_default().saturating_mul(1_000_000),
        status: OrderStatus::Pending.as_str().to_owned(),
        customer_first_name: priced.first_name.clone(),
        customer_last_name: priced.last_name.clone(),
        customer_phone: priced.phone.as_ref().map(|phone| phone.as_str().to_owned()).unwrap_or_default(),
        delivery_address: priced.delivery_address.clone(),
        is_pickup: priced.fulfilment.is_pickup(),
        pickup_location_id: priced.pickup_location.map(|id| id.to_string()).unwrap_or_default(),
        discount_amount: roubles(priced.discount),
        final_price: roubles(priced.final_price),
        branch_id: priced.branch.to_string(),
        channel: priced.channel.as_str().to_owned(),
        payment_method: priced.payment_method.as_str().to_owned(),
        payment_state: PaymentState::Due.as_str().to_owned(),
        notes: priced.notes.clone(),
        call_before_minutes: wire_count(priced.call_before_minutes),
        delivery_fee: roubles(priced.fee),
        zone_id: priced.zone.map(|id| id.to_string()).unwrap_or_default(),
        menu_revision: i64::try_from(priced.menu_revision).unwrap_or(i64::MAX),
        idempotency_scope: idempotency.scope,
        idempotency_key: idempotency.key,
        fingerprint: idempotency.fingerprint,
        external_ref: priced.external_ref.clone(),
        need: Some(SlotNeed::from(&priced.need)),
        placed_by: placed_by.to_owned(),
        version: 1,
        ..PizzaOrder::default()
    }
}

/// The record with its slot: what is committed to the log.
#[must_use]
pub fn with_slot(mut order: PizzaOrder, slot: &GivenSlot) -> PizzaOrder {
    order.target_slot_id.clone_from(&slot.slot_id);
    order.slot_start = slot.start.timestamp();
    order.slot_end = slot.end.timestamp();
    order.visible_at = slot.visible_at.to_rfc3339_opts(SecondsFormat::Millis, true);
    order.business_date.clone_from(&slot.business_date);
    order.display_number = slot.display_number;
    order.display_id.clone_from(&slot.display_id);
    order
}

/// Checks the sums of a record; whoever reads the topic asks [`accepted`], which asks for more.
pub fn check(order: &PizzaOrder) -> Result<(OrderId, BranchId), RecordFault> {
    let items: Vec<_> =
        order.items.iter().map(|item| (i64::from(item.price), i64::from(item.quantity))).collect();
    RecordSums {
        id: &order.id,
        branch_id: &order.branch_id,
        status: &order.status,
        items: &items,
        total: order.total_price.into(),
        discount: order.discount_amount.into(),
        fee: order.delivery_fee.into(),
        final_price: order.final_price.into(),
    }
    .check()
}

/// When the kitchen sees the order, if its record says so.
pub fn visible_at(order: &PizzaOrder) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(&order.visible_at).ok().map(|at| at.to_utc())
}

macro_rules! need_on_the_wire {
    ($($message:ty),+) => {$(
        impl From<&Need> for $message {
            fn from(need: &Need) -> Self {
                let wire = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
                Self {
                    roubles: wire(need.roubles),
                    orders: wire(need.orders),
                    units: wire(need.units),
                    work_seconds: wire(need.work_seconds),
                    oven_places: wire(need.oven_places),
                    deliveries: wire(need.deliveries),
                }
            }
        }
    )+};
}

need_on_the_wire!(SlotNeed, crate::slots::v1::Need);

impl From<&SlotNeed> for Need {
    /// A negative need on the log counts as none: the order exists all the same.
    fn from(wire: &SlotNeed) -> Self {
        let amount = |number: i64| u64::try_from(number).unwrap_or_default();
        Self {
            roubles: amount(wire.roubles),
            orders: amount(wire.orders),
            units: amount(wire.units),
            work_seconds: amount(wire.work_seconds),
            oven_places: amount(wire.oven_places),
            deliveries: amount(wire.deliveries),
        }
    }
}

/// Whole roubles on the wire; an order's limits keep every amount far below the range.
fn roubles(amount: Money) -> i32 {
    i32::try_from(amount.roubles()).unwrap_or(i32::MAX)
}

fn wire_count(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
