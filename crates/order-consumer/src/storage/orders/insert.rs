//! New orders, many in one statement.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use contracts::order::PizzaItem;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bytea, Date, Int8, Integer, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::ids::{ItemId, OrderId};
use store::{StoreError, prepared};
use uuid::Uuid;

use crate::storage::NewOrder;

const INSERT: &str = include_str!("insert.sql");

/// Stores orders with their keys and items, and says which of them were new. The kitchen sees those whose time has
/// come by `now`. An order whose key is bound already is left out. Stored twice, stored once.
pub async fn insert(
    conn: &mut AsyncPgConnection,
    new: &[&NewOrder],
    now: DateTime<Utc>,
) -> Result<HashSet<OrderId>, StoreError> {
    insert_with(conn, new, NewOrder::key, now).await
}

/// The same for orders that have no right to bind a key, or have done it.
pub async fn insert_without_keys(
    conn: &mut AsyncPgConnection,
    new: &[&NewOrder],
    now: DateTime<Utc>,
) -> Result<HashSet<OrderId>, StoreError> {
    insert_with(conn, new, |_| "", now).await
}

async fn insert_with(
    conn: &mut AsyncPgConnection,
    new: &[&NewOrder],
    key: fn(&NewOrder) -> &str,
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
    let items: Vec<Item<'_>> = new.iter().copied().flat_map(items_of).collect();
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
        .bind::<Array<Text>, _>(each(new, NewOrder::scope))
        .bind::<Array<Text>, _>(each(new, key))
        .bind::<Array<Bytea>, _>(each(new, |order| order.accepted.order.fingerprint.as_slice()))
        .bind::<Timestamptz, _>(now)
        .bind::<Array<SqlUuid>, _>(each(&items, |item| item.order.id().as_uuid()))
        .bind::<Array<Timestamptz>, _>(each(&items, |item| item.order.accepted.created_at))
        .bind::<Array<Integer>, _>(each(&items, |item| item.told.item_index))
        .bind::<Array<SqlUuid>, _>(each(&items, |item| item.id.as_uuid()))
        .bind::<Array<Text>, _>(each(&items, |item| item.told.product_id.as_str()))
        .bind::<Array<Text>, _>(each(&items, |item| item.told.pizza_name.as_str()))
        .bind::<Array<Integer>, _>(each(&items, |item| item.told.quantity))
        .bind::<Array<Int8>, _>(each(&items, |item| kopecks(item.told.price)));
    let stored: Vec<Stored> = prepared(insert).load(conn).await?;
    Ok(stored.into_iter().map(|row| OrderId::from_uuid(row.id)).collect())
}

#[derive(Clone, Copy)]
struct Item<'a> {
    order: &'a NewOrder,
    id: ItemId,
    told: &'a PizzaItem,
}

fn items_of(order: &NewOrder) -> impl Iterator<Item = Item<'_>> {
    let told = order.accepted.order.items.iter().zip(&order.accepted.items);
    told.map(move |(told, id)| Item { order, id: *id, told })
}

fn each<R: Copy, T>(rows: &[R], column: impl Fn(R) -> T) -> Vec<T> {
    rows.iter().map(|row| column(*row)).collect()
}

fn fulfilment(order: &NewOrder) -> &'static str {
    if order.accepted.order.is_pickup { "pickup" } else { "delivery" }
}

/// The record carries whole roubles, the tables kopecks.
fn kopecks(roubles: i32) -> i64 {
    i64::from(roubles) * 100
}
