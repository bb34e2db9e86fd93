//! What the stores hold, read past the services.

use std::collections::{BTreeMap, BTreeSet};

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl as _;
use redis::AsyncCommands as _;
use testkit::{Count, Line, System};

/// Ids of all stored orders; fails on an id that is stored twice.
pub async fn stored_orders(system: &System) -> BTreeSet<String> {
    let mut conn = system.db.connect("orders").await;
    let rows: Vec<Line> = sql_query("SELECT id::text AS text FROM orders").load(&mut conn).await.unwrap();
    let ids: BTreeSet<_> = rows.iter().map(|row| row.text.clone()).collect();
    assert_eq!(ids.len(), rows.len(), "an order is stored twice");
    ids
}

/// How many orders hold a key, and how many keys there are.
pub async fn keys_and_their_orders(system: &System) -> (i64, i64) {
    let mut conn = system.db.connect("orders").await;
    let of = |what: &str| sql_query(format!("SELECT count({what}) AS count FROM order_keys"));
    let orders: Count = of("DISTINCT order_id").get_result(&mut conn).await.unwrap();
    let keys: Count = of("DISTINCT (scope, key)").get_result(&mut conn).await.unwrap();
    (orders.count, keys.count)
}

/// Load in roubles of every slot, as Redis has it.
pub async fn loads_in_redis(system: &System) -> BTreeMap<String, i64> {
    let mut redis = system.redis.connect().await;
    let keys: Vec<String> = redis.keys("slot:{*}:[0-9]*").await.unwrap();
    let mut loads = BTreeMap::new();
    for key in keys {
        let load: Option<i64> = redis.hget(&key, "l:r").await.unwrap();
        if let Some(load) = load.filter(|load| *load > 0) {
            loads.insert(key, load);
        }
    }
    loads
}

/// Sum in roubles of the live reservations of every slot, as PostgreSQL has them, under the same names.
pub async fn loads_in_postgres(system: &System) -> BTreeMap<String, i64> {
    #[derive(QueryableByName)]
    struct Load {
        #[diesel(sql_type = Text)]
        slot: String,
        #[diesel(sql_type = BigInt)]
        roubles: i64,
    }
    let mut conn = system.db.connect("slots").await;
    let rows: Vec<Load> = sql_query(
        "SELECT 'slot:{' || branch_id || '}:' || extract(epoch FROM slot_start)::bigint AS slot, \
         sum(need_roubles)::bigint AS roubles FROM reservations WHERE state = 'confirmed' GROUP BY 1",
    )
    .load(&mut conn)
    .await
    .unwrap();
    rows.into_iter().map(|row| (row.slot, row.roubles)).collect()
}
