//! A record of `pizza-orders` becomes an order, or a dead letter with the reason.

use bus::Message;
use chrono::{DateTime, NaiveDate, Utc};
use contracts::order::PizzaOrder;
use domain::ids::{ItemId, NotAnId, OrderId};
use domain::orders::check::{RecordFault, RecordSums};
use domain::{ErrorKind, ServiceError};
use prost::Message as _;

use crate::storage::{NewOrder, orders};

const SCOPE_BYTES: usize = 512;
const KEY_BYTES: usize = 128;

/// Why a record cannot be stored, whatever the state; such a record goes to the dead letters.
#[derive(Debug, thiserror::Error)]
pub enum BadRecord {
    /// Not the message that the topic carries.
    #[error("cannot be decoded")]
    Undecodable(#[from] prost::DecodeError),
    /// It contradicts itself.
    #[error(transparent)]
    Contradictory(#[from] RecordFault),
    /// The id says no time, so the order has no place in the tables.
    #[error("the id {0} is not a version 7 UUID")]
    NotTimed(OrderId),
    /// A field that tables need cannot be read.
    #[error("{field} cannot be read: {value:?}")]
    Unreadable {
        /// Which field.
        field: &'static str,
        /// What it says.
        value: String,
    },
    /// Two items share an index.
    #[error("the item index {0} comes twice")]
    IndexTwice(i32),
    /// PostgreSQL keeps no text with a NUL in it.
    #[error("a text holds a NUL character")]
    Nul,
}

impl ServiceError for BadRecord {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidArgument
    }

    fn reason(&self) -> &'static str {
        "RECORD_INVALID"
    }
}

/// Reads a record.
pub fn accepted(message: &Message) -> Result<NewOrder, BadRecord> {
    let record = PizzaOrder::decode(message.payload.as_ref())?;
    let (id, branch) = sums(&record, &item_sums(&record)).check()?;
    let created_at = orders::created_at(id).ok_or(BadRecord::NotTimed(id))?;
    if texts(&record).any(|text| text.contains('\0')) {
        return Err(BadRecord::Nul);
    }
    short("idempotency_scope", &record.idempotency_scope, SCOPE_BYTES)?;
    short("idempotency_key", &record.idempotency_key, KEY_BYTES)?;
    Ok(NewOrder {
        id,
        created_at,
        branch,
        business_date: business_date(&record.business_date)?,
        slot_start: instant("slot_start", record.slot_start)?,
        slot_end: instant("slot_end", record.slot_end)?,
        visible_at: visible_at(&record.visible_at)?,
        items: item_ids(&record)?,
        bytes: message.payload.to_vec(),
        record,
    })
}

fn item_sums(record: &PizzaOrder) -> Vec<(i64, i64)> {
    record.items.iter().map(|item| (item.price.into(), item.quantity.into())).collect()
}

fn sums<'a>(record: &'a PizzaOrder, items: &'a [(i64, i64)]) -> RecordSums<'a> {
    RecordSums {
        id: &record.id,
        branch_id: &record.branch_id,
        status: &record.status,
        items,
        total: record.total_price.into(),
        discount: record.discount_amount.into(),
        fee: record.delivery_fee.into(),
        final_price: record.final_price.into(),
    }
}

fn item_ids(record: &PizzaOrder) -> Result<Vec<ItemId>, BadRecord> {
    let mut indexes = std::collections::HashSet::new();
    if let Some(item) = record.items.iter().find(|item| !indexes.insert(item.item_index)) {
        return Err(BadRecord::IndexTwice(item.item_index));
    }
    let read = |text: &String| text.parse().map_err(|NotAnId| unreadable("items.id", text));
    record.items.iter().map(|item| read(&item.id)).collect()
}

/// An index takes no long values, and a record that can never be stored must not hold up its partition.
fn short(field: &'static str, text: &str, most: usize) -> Result<(), BadRecord> {
    if text.len() <= most { Ok(()) } else { Err(unreadable(field, text)) }
}

fn business_date(text: &str) -> Result<NaiveDate, BadRecord> {
    text.parse().map_err(|_| unreadable("business_date", text))
}

fn visible_at(text: &str) -> Result<DateTime<Utc>, BadRecord> {
    let read = DateTime::parse_from_rfc3339(text);
    read.map(|at| at.to_utc()).map_err(|_| unreadable("visible_at", text))
}

fn instant(field: &'static str, seconds: i64) -> Result<DateTime<Utc>, BadRecord> {
    let is_set = Some(seconds).filter(|seconds| *seconds > 0);
    is_set
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .ok_or_else(|| unreadable(field, &seconds.to_string()))
}

fn unreadable(field: &'static str, value: &str) -> BadRecord {
    BadRecord::Unreadable { field, value: value.chars().take(100).collect() }
}

/// The texts that become columns of their own.
fn texts(record: &PizzaOrder) -> impl Iterator<Item = &String> {
    let own = [
        &record.display_id,
        &record.channel,
        &record.customer_phone,
        &record.placed_by,
        &record.idempotency_scope,
        &record.idempotency_key,
    ];
    own.into_iter().chain(record.items.iter().flat_map(|item| [&item.product_id, &item.pizza_name]))
}

#[cfg(test)]
mod tests;
