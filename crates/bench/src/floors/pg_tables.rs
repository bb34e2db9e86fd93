//! The tables that order-consumer fills, and the rows of a new order in them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{BufMut as _, BytesMut};
use chrono::NaiveDate;
use contracts::order::PizzaOrder;
use prost::Message as _;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

/// A table and its columns.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub name: &'static str,
    /// Name and type of each column that rows differ in.
    pub columns: &'static [(&'static str, Type)],
    /// Columns in which all new rows are alike: see [`alike`].
    pub alike: &'static [(&'static str, Type)],
    /// The rows of new orders.
    pub rows: fn(&[PizzaOrder]) -> Vec<Vec<Cell>>,
}

/// Orders.
pub const ORDERS: Table = Table {
    name: "orders",
    columns: &[
        ("id", Type::UUID),
        ("created_at", Type::TIMESTAMPTZ),
        ("branch_id", Type::UUID),
        ("display_id", Type::TEXT),
        ("business_date", Type::DATE),
        ("channel", Type::TEXT),
        ("fulfilment", Type::TEXT),
        ("customer_id", Type::INT4),
        ("phone", Type::TEXT),
        ("total", Type::INT8),
        ("discount", Type::INT8),
        ("fee", Type::INT8),
        ("final", Type::INT8),
        ("menu_revision", Type::INT8),
        ("slot_start", Type::TIMESTAMPTZ),
        ("slot_end", Type::TIMESTAMPTZ),
        ("visible_at", Type::TIMESTAMPTZ),
        ("placed_by", Type::TEXT),
        ("record", Type::BYTEA),
    ],
    alike: &[("status", Type::TEXT), ("version", Type::INT8), ("shown", Type::BOOL)],
    rows: |orders| orders.iter().map(order_row).collect(),
};

/// Their items.
pub const ITEMS: Table = Table {
    name: "order_items",
    columns: &[
        ("order_id", Type::UUID),
        ("created_at", Type::TIMESTAMPTZ),
        ("item_index", Type::INT4),
        ("item_id", Type::UUID),
        ("product_id", Type::TEXT),
        ("name", Type::TEXT),
        ("quantity", Type::INT4),
        ("unit_price", Type::INT8),
    ],
    alike: &[],
    rows: |orders| orders.iter().flat_map(item_rows).collect(),
};

/// Their keys.
pub const KEYS: Table = Table {
    name: "order_keys",
    columns: &[
        ("scope", Type::TEXT),
        ("key", Type::TEXT),
        ("order_id", Type::UUID),
        ("fingerprint", Type::BYTEA),
        ("created_at", Type::TIMESTAMPTZ),
    ],
    alike: &[],
    rows: |orders| orders.iter().map(key_row).collect(),
};

/// One value of a row.
#[derive(Clone, Debug)]
pub enum Cell {
    Id(Uuid),
    Day(NaiveDate),
    At(SystemTime),
    Text(String),
    Int4(i32),
    Int8(i64),
    Bytes(Vec<u8>),
    Flag(bool),
}

/// What stands in the columns that are alike in all new orders.
pub fn alike() -> [Cell; 3] {
    [Cell::Text("pending".to_owned()), Cell::Int8(1), Cell::Flag(true)]
}

/// Rows as one list per column.
pub fn columns(rows: &[Vec<Cell>]) -> Vec<Vec<Cell>> {
    let width = rows.first().map_or(0, Vec::len);
    (0..width).map(|column| rows.iter().map(|row| row[column].clone()).collect()).collect()
}

/// The row of an order.
pub fn order_row(order: &PizzaOrder) -> Vec<Cell> {
    let kopecks = |roubles: i32| Cell::Int8(i64::from(roubles) * 100);
    vec![
        id(&order.id),
        created_at(order),
        id(&order.branch_id),
        text(&order.display_id),
        Cell::Day(order.business_date.parse().unwrap()),
        text(&order.channel),
        text(if order.is_pickup { "pickup" } else { "delivery" }),
        Cell::Int4(order.customer_id),
        text(&order.customer_phone),
        kopecks(order.total_price),
        kopecks(order.discount_amount),
        kopecks(order.delivery_fee),
        kopecks(order.final_price),
        Cell::Int8(order.menu_revision),
        second(order.slot_start),
        second(order.slot_end),
        created_at(order),
        text(&order.placed_by),
        Cell::Bytes(order.encode_to_vec()),
    ]
}

/// The rows of its items.
fn item_rows(order: &PizzaOrder) -> impl Iterator<Item = Vec<Cell>> {
    order.items.iter().map(|item| {
        vec![
            id(&order.id),
            created_at(order),
            Cell::Int4(item.item_index),
            id(&item.id),
            text(&item.product_id),
            text(&item.pizza_name),
            Cell::Int4(item.quantity),
            Cell::Int8(i64::from(item.price) * 100),
        ]
    })
}

/// The row of its key.
fn key_row(order: &PizzaOrder) -> Vec<Cell> {
    vec![
        text(&order.idempotency_scope),
        text(&order.idempotency_key),
        id(&order.id),
        Cell::Bytes(order.fingerprint.clone()),
        created_at(order),
    ]
}

fn id(text: &str) -> Cell {
    Cell::Id(text.parse().unwrap())
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// The millisecond in the order's id.
fn created_at(order: &PizzaOrder) -> Cell {
    let (seconds, nanos) = order.id.parse::<Uuid>().unwrap().get_timestamp().unwrap().to_unix();
    Cell::At(UNIX_EPOCH + Duration::new(seconds, nanos))
}

fn second(unix: i64) -> Cell {
    Cell::At(UNIX_EPOCH + Duration::from_secs(unix.unsigned_abs()))
}

impl ToSql for Cell {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Id(id) => out.put_slice(id.as_bytes()),
            Self::Day(day) => out.put_i32(i32::try_from((*day - EPOCH).num_days())?),
            Self::At(at) => return at.to_sql(kind, out),
            Self::Text(text) => out.put_slice(text.as_bytes()),
            Self::Int4(number) => out.put_i32(*number),
            Self::Int8(number) => out.put_i64(*number),
            Self::Bytes(bytes) => out.put_slice(bytes),
            Self::Flag(flag) => out.put_u8(u8::from(*flag)),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// What PostgreSQL counts days from.
const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
