//! Items of orders, and their states in the kitchen.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{Array, Int8, Integer, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Order;
use super::schema::order_items;
use store::{StoreError, prepared};

/// Puts the stored states of their items into the orders.
pub async fn fill_in(conn: &mut AsyncPgConnection, orders: &mut [&mut Order]) -> Result<(), StoreError> {
    #[derive(QueryableByName)]
    struct ItemRow {
        #[diesel(sql_type = SqlUuid)]
        order_id: Uuid,
        #[diesel(sql_type = Integer)]
        item_index: i32,
        #[diesel(sql_type = Text)]
        status: String,
        #[diesel(sql_type = Int8)]
        version: i64,
    }
    let stored = diesel::sql_query(
        "SELECT order_id, item_index, status, version FROM order_items \
         JOIN unnest($1, $2) AS asked (order_id, created_at) USING (order_id, created_at)",
    )
    .bind::<Array<SqlUuid>, _>(orders.iter().map(|order| order.id.as_uuid()).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(orders.iter().map(|order| order.created_at).collect::<Vec<_>>());
    let rows: Vec<ItemRow> = prepared(stored).load(conn).await?;
    let mut states: HashMap<(Uuid, i32), (String, i64)> = HashMap::with_capacity(rows.len());
    for row in rows {
        states.insert((row.order_id, row.item_index), (row.status, row.version));
    }
    for order in orders {
        for item in &mut order.full.items {
            if let Some((status, version)) = states.remove(&(order.id.as_uuid(), item.item_index)) {
                item.status = status;
                item.version = version;
            }
        }
    }
    Ok(())
}

/// Saves the states of the items that changed, as the order has them now.
pub async fn save(
    conn: &mut AsyncPgConnection,
    order: &Order,
    changed: &BTreeSet<i32>,
) -> Result<(), StoreError> {
    for item in order.full.items.iter().filter(|item| changed.contains(&item.item_index)) {
        let row = order_items::table.find((order.id.as_uuid(), order.created_at, item.item_index));
        diesel::update(row)
            .set((order_items::status.eq(&item.status), order_items::version.eq(item.version)))
            .execute(conn)
            .await?;
    }
    Ok(())
}
