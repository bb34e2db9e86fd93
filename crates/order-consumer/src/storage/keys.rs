//! Idempotency keys: which order a key belongs to, over all months.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bytea, Text, Timestamptz, Uuid as SqlUuid};
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
const BIND: &str = "INSERT INTO order_keys (scope, key, order_id, fingerprint, created_at) \
    SELECT * FROM unnest($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING order_id";
/// Orders two days apart have nothing to do with each other, whichever of them comes first.
const CLASHES: &str = "SELECT asked.id, order_keys.order_id AS owner \
    FROM unnest($1, $2, $3, $4) AS asked (scope, key, id, at) JOIN order_keys USING (scope, key) \
    WHERE order_keys.order_id <> asked.id AND order_keys.created_at > asked.at - interval '47 hours' \
    AND order_keys.created_at < asked.at + interval '47 hours'";

/// Binds the keys of the orders that have one; the first order of a key keeps it for two days. Answers those whose
/// key belongs to another order, with that order's id.
pub async fn bind(
    conn: &mut AsyncPgConnection,
    orders: &[&NewOrder],
) -> Result<HashMap<OrderId, OrderId>, StoreError> {
    let mut unbound: Vec<&NewOrder> = orders.iter().copied().filter(|order| has_key(order)).collect();
    bind_free(conn, &mut unbound).await?;
    if unbound.is_empty() {
        return Ok(HashMap::new());
    }
    release(conn, &unbound).await?;
    bind_free(conn, &mut unbound).await?;
    owners(conn, &unbound).await
}

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
    let forget = diesel::sql_query(
        "DELETE FROM order_keys USING unnest($1, $2) AS old (scope, key) \
         WHERE order_keys.scope = old.scope AND order_keys.key = old.key",
    )
    .bind::<Array<Text>, _>(scopes)
    .bind::<Array<Text>, _>(keys);
    Ok(prepared(forget).execute(conn).await?)
}

/// Binds keys that belong to nobody; what is left belongs to somebody.
async fn bind_free(conn: &mut AsyncPgConnection, unbound: &mut Vec<&NewOrder>) -> Result<(), StoreError> {
    #[derive(QueryableByName)]
    struct Bound {
        #[diesel(sql_type = SqlUuid)]
        order_id: Uuid,
    }
    if unbound.is_empty() {
        return Ok(());
    }
    let bind = diesel::sql_query(BIND)
        .bind::<Array<Text>, _>(each(unbound, scope))
        .bind::<Array<Text>, _>(each(unbound, key))
        .bind::<Array<SqlUuid>, _>(each(unbound, |order| order.id().as_uuid()))
        .bind::<Array<Bytea>, _>(each(unbound, |order| order.accepted.order.fingerprint.as_slice()))
        .bind::<Array<Timestamptz>, _>(each(unbound, |order| order.accepted.created_at));
    let bound: Vec<Bound> = prepared(bind).load(conn).await?;
    let bound: HashSet<Uuid> = bound.into_iter().map(|row| row.order_id).collect();
    unbound.retain(|order| !bound.contains(&order.id().as_uuid()));
    Ok(())
}

/// Forgets who had the keys two days before these orders.
async fn release(conn: &mut AsyncPgConnection, orders: &[&NewOrder]) -> Result<(), StoreError> {
    let release = diesel::sql_query(RELEASE)
        .bind::<Array<Text>, _>(each(orders, scope))
        .bind::<Array<Text>, _>(each(orders, key))
        .bind::<Array<Timestamptz>, _>(each(orders, |order| order.accepted.created_at));
    prepared(release).execute(conn).await?;
    Ok(())
}

/// Of these orders, those whose key belongs to another one: order id to the id of the key's owner.
async fn owners(
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
        .bind::<Array<Text>, _>(each(orders, scope))
        .bind::<Array<Text>, _>(each(orders, key))
        .bind::<Array<SqlUuid>, _>(each(orders, |order| order.id().as_uuid()))
        .bind::<Array<Timestamptz>, _>(each(orders, |order| order.accepted.created_at));
    let clashes: Vec<Clash> = prepared(clashes).load(conn).await?;
    let pair = |clash: Clash| (OrderId::from_uuid(clash.id), OrderId::from_uuid(clash.owner));
    Ok(clashes.into_iter().map(pair).collect())
}

fn each<'a, T>(orders: &[&'a NewOrder], column: impl Fn(&'a NewOrder) -> T) -> Vec<T> {
    orders.iter().map(|order| column(order)).collect()
}

fn scope(order: &NewOrder) -> &str {
    &order.accepted.order.idempotency_scope
}

fn key(order: &NewOrder) -> &str {
    &order.accepted.order.idempotency_key
}

fn has_key(order: &NewOrder) -> bool {
    !key(order).is_empty()
}
