//! New orders, many in one statement.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bytea, Date, Int8, Integer, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::ids::OrderId;
use store::{StoreError, prepared};
use uuid::Uuid;

use crate::storage::NewOrder;

const INSERT: &str = "INSERT INTO orders (id, created_at, branch_id, display_id, business_date, channel, fulfilment, \
    customer_id, phone, total, discount, fee, final, menu_revision, slot_start, slot_end, visible_at, placed_by, \
    record, status, version, shown) \
    SELECT *, 'pending', 1, visible_at <= $20 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, \
    $14, $15, $16, $17, $18, $19) AS told (id, created_at, branch_id, display_id, business_date, channel, \
    fulfilment, customer_id, phone, total, discount, fee, final, menu_revision, slot_start, slot_end, visible_at, \
    placed_by, record) \
    ON CONFLICT DO NOTHING RETURNING id";

/// Stores orders and says which of them were new. The kitchen sees those whose time has come by `now`.
pub async fn insert(
    conn: &mut AsyncPgConnection,
    new: &[&NewOrder],
    now: DateTime<Utc>,
) -> Result<HashSet<OrderId>, StoreError> {
    #[derive(QueryableByName)]
    struct Stored {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    if new.is_empty() {
        return Ok(HashSet::new());
    }
    let insert = diesel::sql_query(INSERT)
        .bind::<Array<SqlUuid>, _>(each(new, |order| order.id().as_uuid()))
        .bind::<Array<Timestamptz>, _>(each(new, |order| order.accepted.created_at))
        .bind::<Array<SqlUuid>, _>(each(new, |order| order.accepted.branch.as_uuid()))
        .bind::<Array<Text>, _>(each(new, |order| order.accepted.order.display_id.as_str()))
        .bind::<Array<Date>, _>(each(new, |order| order.accepted.business_date))
        .bind::<Array<Text>, _>(each(new, |order| order.accepted.order.channel.as_str()))
        .bind::<Array<Text>, _>(each(new, fulfilment))
        .bind::<Array<Integer>, _>(each(new, |order| order.accepted.order.customer_id))
        .bind::<Array<Text>, _>(each(new, |order| order.accepted.order.customer_phone.as_str()))
        .bind::<Array<Int8>, _>(each(new, |order| kopecks(order.accepted.order.total_price)))
        .bind::<Array<Int8>, _>(each(new, |order| kopecks(order.accepted.order.discount_amount)))
        .bind::<Array<Int8>, _>(each(new, |order| kopecks(order.accepted.order.delivery_fee)))
        .bind::<Array<Int8>, _>(each(new, |order| kopecks(order.accepted.order.final_price)))
        .bind::<Array<Int8>, _>(each(new, |order| order.accepted.order.menu_revision))
        .bind::<Array<Timestamptz>, _>(each(new, |order| order.accepted.slot_start))
        .bind::<Array<Timestamptz>, _>(each(new, |order| order.accepted.slot_end))
        .bind::<Array<Timestamptz>, _>(each(new, |order| order.accepted.visible_at))
        .bind::<Array<Text>, _>(each(new, |order| order.accepted.order.placed_by.as_str()))
        .bind::<Array<Bytea>, _>(each(new, |order| order.bytes.as_ref()))
        .bind::<Timestamptz, _>(now);
    let stored: Vec<Stored> = prepared(insert).load(conn).await?;
    Ok(stored.into_iter().map(|row| OrderId::from_uuid(row.id)).collect())
}

fn each<'a, T>(orders: &[&'a NewOrder], column: impl Fn(&'a NewOrder) -> T) -> Vec<T> {
    orders.iter().map(|order| column(order)).collect()
}

fn fulfilment(order: &NewOrder) -> &'static str {
    if order.accepted.order.is_pickup { "pickup" } else { "delivery" }
}

/// The record carries whole roubles, the tables kopecks.
fn kopecks(roubles: i32) -> i64 {
    i64::from(roubles) * 100
}
