//! A record of `pizza-orders` is an order, or it is none and says why. Whoever reads the topic reads it through here:
//! an order that one reader knows and another does not would be stored without a place in the kitchen, or hold a
//! place without being stored.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use domain::ids::{BranchId, ItemId, NotAnId, OrderId};
use domain::orders::check::RecordFault;
use domain::slots::{Dimension, Need};
use domain::{ErrorKind, ServiceError};
use prost::Message as _;

use super::check;
use crate::order::PizzaOrder;
use crate::topics::SCHEMA_VERSION;

const SCOPE_BYTES: usize = 512;
const KEY_BYTES: usize = 128;
/// What the gateway can write is always below it: a request has 64 KiB at most, slot-scheduler takes no draft above
/// 64 KiB, and the slot adds less than 1 KiB. The event that tells of the order carries all of it and must stay below
/// the broker's megabyte.
const BYTES_MAX: usize = 256 * 1024;
/// Far above what can be ordered: 50 lines, each a set.
const ITEMS_MAX: usize = 5_000;
/// Number of `PizzaOrder.items` on the wire.
const ITEMS_FIELD: usize = 4;
/// What chrono, PostgreSQL and RFC 3339 all know. A date that PostgreSQL refuses looks like a store that is away: it
/// would be tried again for ever.
const YEARS: RangeInclusive<i32> = 1..=9999;
/// The column ends at twice as much, and the numbers of the day go on behind the highest.
const NUMBER_MAX: u32 = 1_000_000_000;

/// A record that every reader can work with.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// Which order.
    pub id: OrderId,
    /// The millisecond in the id.
    pub created_at: DateTime<Utc>,
    /// Whose kitchen cooks it.
    pub branch: BranchId,
    /// Calendar day of the branch's business.
    pub business_date: NaiveDate,
    /// When its slot starts.
    pub slot_start: DateTime<Utc>,
    /// When its slot ends.
    pub slot_end: DateTime<Utc>,
    /// When the kitchen is to see it.
    pub visible_at: DateTime<Utc>,
    /// Ids of the items, in their order.
    pub items: Vec<ItemId>,
    /// All of it.
    pub order: PizzaOrder,
}

/// Why a record is no order, whatever the state; such a record goes to the dead letters.
#[derive(Debug, thiserror::Error)]
pub enum BadRecord {
    /// It was written for readers of another time.
    #[error("the schema version is {0}, known is {SCHEMA_VERSION}")]
    Schema(u32),
    /// Not the message that the topic carries.
    #[error("cannot be decoded")]
    Undecodable(#[from] prost::DecodeError),
    /// No order is so large; its event could never be told.
    #[error("there are {0} bytes, more than {BYTES_MAX}")]
    TooLarge(usize),
    /// Nobody can order so much; decoding it would take all memory.
    #[error("there are {0} items, more than {ITEMS_MAX}")]
    TooManyItems(usize),
    /// Groups are of proto2; what stands in one would be decoded without having been counted.
    #[error("there is a group, which no schema of ours has")]
    Group,
    /// It contradicts itself.
    #[error(transparent)]
    Contradictory(#[from] RecordFault),
    /// The id says no time, so the order has no place in the tables.
    #[error("the id {0} is not a version 7 UUID")]
    NotTimed(OrderId),
    /// A field cannot be read.
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

/// Reads a record that was written under a schema version.
pub fn accepted(payload: &[u8], schema_version: u32) -> Result<Accepted, BadRecord> {
    if schema_version > SCHEMA_VERSION {
        return Err(BadRecord::Schema(schema_version));
    }
    let count = items_on_the_wire(payload)?;
    if count > ITEMS_MAX {
        return Err(BadRecord::TooManyItems(count));
    }
    if payload.len() > BYTES_MAX {
        return Err(BadRecord::TooLarge(payload.len()));
    }
    let order = PizzaOrder::decode(payload)?;
    let (id, branch) = check(&order)?;
    let millis = id.unix_millis().ok_or(BadRecord::NotTimed(id))?;
    if texts(&order).any(|text| text.contains('\0')) {
        return Err(BadRecord::Nul);
    }
    short("idempotency_scope", &order.idempotency_scope, SCOPE_BYTES)?;
    short("idempotency_key", &order.idempotency_key, KEY_BYTES)?;
    let number = u32::try_from(order.display_number).ok().filter(|number| *number <= NUMBER_MAX);
    number.ok_or_else(|| unreadable("display_number", &order.display_number.to_string()))?;
    addable(&order)?;
    let slot_start = instant("slot_start", order.slot_start)?;
    let slot_end = instant("slot_end", order.slot_end)?;
    if slot_end <= slot_start {
        return Err(unreadable("slot_end", &order.slot_end.to_string()));
    }
    Ok(Accepted {
        id,
        created_at: DateTime::from_timestamp_millis(millis)
            .filter(is_in_calendar)
            .ok_or_else(|| unreadable("id", &order.id))?,
        branch,
        business_date: business_date(&order.business_date)?,
        slot_start,
        slot_end,
        visible_at: visible_at(&order.visible_at)?,
        items: item_ids(&order)?,
        order,
    })
}

/// Items, counted without making them: two bytes on the wire can be most of a kilobyte in memory.
fn items_on_the_wire(mut rest: &[u8]) -> Result<usize, BadRecord> {
    let mut count = 0;
    while !rest.is_empty() {
        let field = rest;
        let key = prost::decode_length_delimiter(&mut rest)?;
        let length = match key & 7 {
            0 => prost::decode_length_delimiter(&mut rest).map(|_| 0)?,
            1 => 8,
            2 => prost::decode_length_delimiter(&mut rest)?,
            3 => return Err(BadRecord::Group),
            5 => 4,
            // the end of no group, or no type at all: the decoder stops here too, and says why
            _ => return Ok(PizzaOrder::decode(field).map(|_| count)?),
        };
        count += usize::from(key >> 3 == ITEMS_FIELD);
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(count)
}

fn item_ids(order: &PizzaOrder) -> Result<Vec<ItemId>, BadRecord> {
    let mut indexes = std::collections::HashSet::new();
    if let Some(item) = order.items.iter().find(|item| !indexes.insert(item.item_index)) {
        return Err(BadRecord::IndexTwice(item.item_index));
    }
    let read = |text: &String| text.parse().map_err(|NotAnId| unreadable("items.id", text));
    order.items.iter().map(|item| read(&item.id)).collect()
}

/// An index takes no long values, and a record that can never be stored must not hold up its partition.
fn short(field: &'static str, text: &str, most: usize) -> Result<(), BadRecord> {
    if text.len() <= most { Ok(()) } else { Err(unreadable(field, text)) }
}

/// A slot adds up what its orders need. Less than nothing counts as nothing.
fn addable(order: &PizzaOrder) -> Result<(), BadRecord> {
    let need = order.need.as_ref().map_or(Need::ZERO, Need::from);
    let beyond = Dimension::ALL.into_iter().find(|dimension| need.get(*dimension) > Need::MAX);
    beyond.map_or(Ok(()), |dimension| {
        Err(unreadable("need", &format!("{} {}", dimension.as_str(), need.get(dimension))))
    })
}

fn business_date(text: &str) -> Result<NaiveDate, BadRecord> {
    text.parse().ok().filter(is_in_calendar).ok_or_else(|| unreadable("business_date", text))
}

fn visible_at(text: &str) -> Result<DateTime<Utc>, BadRecord> {
    let read = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    read.filter(is_in_calendar).ok_or_else(|| unreadable("visible_at", text))
}

fn is_in_calendar(date: &impl Datelike) -> bool {
    YEARS.contains(&date.year())
}

fn instant(field: &'static str, seconds: i64) -> Result<DateTime<Utc>, BadRecord> {
    let is_set = Some(seconds).filter(|seconds| *seconds > 0);
    is_set
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .filter(is_in_calendar)
        .ok_or_else(|| unreadable(field, &seconds.to_string()))
}

fn unreadable(field: &'static str, value: &str) -> BadRecord {
    BadRecord::Unreadable { field, value: value.chars().take(100).collect() }
}

/// The texts that become columns of their own.
fn texts(order: &PizzaOrder) -> impl Iterator<Item = &String> {
    let own = [
        &order.display_id,
        &order.channel,
        &order.customer_phone,
        &order.placed_by,
        &order.idempotency_scope,
        &order.idempotency_key,
    ];
    own.into_iter().chain(order.items.iter().flat_map(|item| [&item.product_id, &item.pizza_name]))
}

#[cfg(test)]
mod tests;
