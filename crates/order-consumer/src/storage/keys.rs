//! Idempotency keys: which order a key belongs to, over all months.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::ids::OrderId;
use uuid::Uuid;

use super::NewOrder;
use super::schema::order_keys;
use store::{StoreError, prepared};

/// A key is promised for 48 hours, and then means another order; an hour less here, because the clocks of those who
/// make the ids may differ.
const RELEASE: &str = "DELETE FROM order_keys USING unnest($1, $2, $3) AS asked (scope, key, created_at) \
    WHERE order_keys.scope = asked.scope AND order_keys.key = asked.key \
    AND order_keys.created_at <= asked.created_at - interval '47 hours'";
/// Orders two days apart have nothing to do with each other, whichever of them comes first.
const CLASHES: &str = "SELECT asked.id, order_keys.order_id AS owner \
    FROM unnest($1, $2, $3, $4) AS asked (scope, key, id, at) JOIN order_keys USING (scope, key) \
    WHERE order_keys.order_id <> asked.id AND order_keys.created_at > asked.at - interval '47 hours' \
    AND order_keys.created_at < asked.at + interval '47 hours'";

/// Forgets keys bound before `before`, at most `limit`; says how many.
pub async fn forget(
    conn: &mut AsyncPgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<usize, StoreError> {
    let old = order_keys::table
        .filter(order_keys::created_at.lt(before))
        .select((order_keys::scope, order_keys::key))
        .limit(limit)
        .load::<(String, String)>(conn)
        .await?;
    if old.is_empty() {
        return Ok(0);
    }
    let (scopes, keys): (Vec<String>, Vec<String>) = old.into_iter().unzip();
    // a key may have been bound anew since it was found
    let forget = diesel::sql_query(
        "DELETE FROM order_keys USING unnest($1, $2) AS old (scope, key) \
         WHERE order_keys.scope = old.scope AND order_keys.key = old.key AND order_keys.created_at < $3",
    )
    .bind::<Array<Text>, _>(scopes)
    .bind::<Array<Text>, _>(keys)
    .bind::<Timestamptz, _>(before);
    Ok(prepared(forget).execute(conn).await?)
}

/// Frees the keys that others had two days before these orders.
pub async fn release(conn: &mut AsyncPgConnection, orders: &[&NewOrder]) -> Result<(), StoreError> {
    let release = diesel::sql_query(RELEASE)
        .bind::<Array<Text>, _>(each(orders, NewOrder::scope))
        .bind::<Array<Text>, _>(each(orders, NewOrder::key))
        .bind::<Array<Timestamptz>, _>(each(orders, |order| order.accepted.created_at));
    prepared(release).execute(conn).await?;
    Ok(())
}

/// Of these orders, those whose key belongs to another one: order id to the id of the key's owner.
pub async fn owners(
    conn: &mut AsyncPgConnection,
    orders: &[&NewOrder],
) -> Result<HashMap<OrderId, OrderId>, StoreError> {
    #[derive(QueryableByName)]
    struct Clash {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        owner: Uuid,
    }
    let clashes = diesel::sql_query(CLASHES)
        .bind::<Array<Text>, _>(each(orders, NewOrder::scope))
        .bind::<Array<Text>, _>(each(orders, NewOrder::key))
        .bind::<Array<SqlUuid>, _>(each(orders, |order| order.id().as_uuid()))
        .bind::<Array<Timestamptz>, _>(each(orders, |order| order.accepted.created_at));
    let clashes: Vec<Clash> = prepared(clashes).load(conn).await?;
    let pair = |clash: Clash| (OrderId::from_uuid(clash.id), OrderId::from_uuid(clash.owner));
    Ok(clashes.into_iter().map(pair).collect())
}

fn each<'a, T>(orders: &[&'a NewOrder], column: impl Fn(&'a NewOrder) -> T) -> Vec<T> {
    orders.iter().map(|order| column(order)).collect()
}
