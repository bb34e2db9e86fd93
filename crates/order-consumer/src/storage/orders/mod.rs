//! Orders: stored once, read in pages, changed under their version.

mod insert;
mod page;

pub use insert::{insert, insert_without_keys};
pub use page::{Filter, OrderPage, Position, Visibility, count_live, last_live, live_page};

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use contracts::order::PizzaOrder;
use diesel::prelude::*;
use diesel::sql_types::{Array, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::ids::{BranchId, OrderId};
use domain::orders::status::OrderStatus;
use prost::Message as _;
use store::{StoreError, prepared};
use uuid::Uuid;

use super::order::first_state;
use super::schema::orders;
use super::{Order, history, items};

/// Reads one order. Whether its absence is an error is for the caller to say.
pub async fn find(conn: &mut AsyncPgConnection, id: OrderId) -> Result<Option<Order>, StoreError> {
    let Some(created_at) = created_at(id) else { return Ok(None) };
    let row = orders::table
        .find((id.as_uuid(), created_at))
        .select(OrderRow::as_select())
        .first(conn)
        .await
        .optional()?;
    one(conn, row).await
}

/// Reads one order and keeps it from others until the transaction ends.
pub async fn find_for_change(conn: &mut AsyncPgConnection, id: OrderId) -> Result<Option<Order>, StoreError> {
    let Some(created_at) = created_at(id) else { return Ok(None) };
    let row = orders::table
        .find((id.as_uuid(), created_at))
        .select(OrderRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    one(conn, row).await
}

/// Reads those of the orders that are stored.
pub async fn find_all(conn: &mut AsyncPgConnection, ids: &[OrderId]) -> Result<Vec<Order>, StoreError> {
    let keys: Vec<_> = ids.iter().filter_map(|id| Some((id.as_uuid(), created_at(*id)?))).collect();
    let stored = diesel::sql_query(
        "SELECT orders.* FROM orders JOIN unnest($1, $2) AS asked (id, created_at) USING (id, created_at)",
    )
    .bind::<Array<SqlUuid>, _>(keys.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(keys.iter().map(|(_, at)| *at).collect::<Vec<_>>());
    let rows = prepared(stored).load::<OrderRow>(conn).await?;
    lift(conn, rows).await
}

/// Those of the orders that are stored and live.
pub async fn live_among(
    conn: &mut AsyncPgConnection,
    ids: &[OrderId],
) -> Result<HashSet<OrderId>, StoreError> {
    let wanted: Vec<_> = ids.iter().filter(|id| created_at(**id).is_some()).collect();
    let live: Vec<Uuid> = orders::table
        .filter(orders::live)
        .filter(orders::id.eq_any(wanted.iter().map(|id| id.as_uuid())))
        .filter(orders::created_at.eq_any(wanted.iter().filter_map(|id| created_at(**id))))
        .select(orders::id)
        .load(conn)
        .await?;
    Ok(live.into_iter().map(OrderId::from_uuid).collect())
}

/// Hidden live orders whose time has come, kept from others until the transaction ends; those that somebody
/// else works on are left out.
pub async fn due(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let rows = orders::table
        .filter(orders::live.and(diesel::dsl::not(orders::shown)).and(orders::visible_at.le(now)))
        .order(orders::visible_at)
        .limit(limit)
        .select(OrderRow::as_select())
        .for_update()
        .skip_locked()
        .load(conn)
        .await?;
    lift(conn, rows).await
}

/// Saves what has changed since the version `before`, which the caller keeps locked.
pub async fn save(conn: &mut AsyncPgConnection, order: &Order, before: i64) -> Result<(), StoreError> {
    let row = orders::table.find((order.id.as_uuid(), order.created_at)).filter(orders::version.eq(before));
    let saved = diesel::update(row)
        .set((
            orders::status.eq(order.status.as_str()),
            orders::version.eq(order.version),
            orders::shown.eq(order.shown),
            orders::courier_id.eq(&order.full.courier_id),
            orders::cancel_reason.eq(&order.full.cancel_reason),
            orders::cancel_text.eq(&order.full.cancel_text),
        ))
        .execute(conn)
        .await?;
    if saved == 1 { Ok(()) } else { Err(diesel::result::Error::NotFound.into()) }
}

/// When an order with this id was accepted; `None` for an id that no order can have.
pub fn created_at(id: OrderId) -> Option<DateTime<Utc>> {
    id.unix_millis().and_then(DateTime::from_timestamp_millis)
}

#[derive(Queryable, QueryableByName, Selectable)]
#[diesel(table_name = orders, check_for_backend(diesel::pg::Pg))]
struct OrderRow {
    id: Uuid,
    created_at: DateTime<Utc>,
    branch_id: Uuid,
    slot_start: DateTime<Utc>,
    visible_at: DateTime<Utc>,
    record: Vec<u8>,
    status: String,
    version: i64,
    shown: bool,
    courier_id: String,
    cancel_reason: String,
    cancel_text: String,
}

impl TryFrom<OrderRow> for Order {
    type Error = StoreError;

    fn try_from(row: OrderRow) -> Result<Self, StoreError> {
        let corrupt = |reason: String| StoreError::corrupt("orders", row.id, reason);
        let status =
            OrderStatus::parse(&row.status).ok_or_else(|| corrupt(format!("status {:?}", row.status)))?;
        let mut full =
            PizzaOrder::decode(row.record.as_slice()).map_err(|error| corrupt(error.to_string()))?;
        first_state(&mut full, row.created_at);
        full.status = row.status;
        full.version = row.version;
        full.shown = row.shown;
        full.courier_id = row.courier_id;
        full.cancel_reason = row.cancel_reason;
        full.cancel_text = row.cancel_text;
        Ok(Self {
            id: OrderId::from_uuid(row.id),
            created_at: row.created_at,
            branch: BranchId::from_uuid(row.branch_id),
            status,
            version: row.version,
            shown: row.shown,
            visible_at: row.visible_at,
            slot_start: row.slot_start,
            full,
        })
    }
}

async fn one(conn: &mut AsyncPgConnection, row: Option<OrderRow>) -> Result<Option<Order>, StoreError> {
    Ok(lift(conn, row.into_iter().collect()).await?.pop())
}

async fn lift(conn: &mut AsyncPgConnection, rows: Vec<OrderRow>) -> Result<Vec<Order>, StoreError> {
    let mut found = rows.into_iter().map(Order::try_from).collect::<Result<Vec<_>, _>>()?;
    // an order of version 1 is what its record says
    let mut changed: Vec<&mut Order> = found.iter_mut().filter(|order| order.version > 1).collect();
    if !changed.is_empty() {
        items::fill_in(conn, &mut changed).await?;
        history::fill_in(conn, &mut changed).await?;
    }
    Ok(found)
}
