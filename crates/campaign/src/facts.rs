//! What the database holds, as far as a report counts it.

use std::collections::BTreeSet;

use anyhow::Context as _;
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _};
use testkit::{Count, Line};

/// The orders of a database.
#[derive(Debug, Default)]
pub struct Stored {
    /// Ids of all orders.
    pub ids: BTreeSet<String>,
    /// Orders whose id or whose key another order has too.
    pub doubled: u64,
}

/// Counts orders again and again.
pub struct Counter(AsyncPgConnection);

impl Counter {
    /// Connects.
    pub async fn open(database_url: &str) -> anyhow::Result<Self> {
        Ok(Self(AsyncPgConnection::establish(database_url).await.context("connecting to PostgreSQL")?))
    }

    /// How many orders are stored.
    pub async fn orders(&mut self) -> anyhow::Result<i64> {
        let query = sql_query("SELECT count(*) AS count FROM orders.orders");
        let row: Count = query.get_result(&mut self.0).await.context("counting orders")?;
        Ok(row.count)
    }
}

/// Whether an order is stored and its place is confirmed: every reader of the log has come past it.
pub async fn is_settled(database_url: &str, order_id: &str) -> anyhow::Result<bool> {
    let mut conn = AsyncPgConnection::establish(database_url).await.context("connecting to PostgreSQL")?;
    let query = "SELECT count(*) AS count FROM orders.orders JOIN slots.reservations ON order_id = id \
                 WHERE id = $1::uuid";
    let row: Count = sql_query(query)
        .bind::<Text, _>(order_id)
        .get_result(&mut conn)
        .await
        .context("looking for an order")?;
    Ok(row.count > 0)
}

/// Reads all orders.
pub async fn stored(database_url: &str) -> anyhow::Result<Stored> {
    let mut conn = AsyncPgConnection::establish(database_url).await.context("connecting to PostgreSQL")?;
    let rows: Vec<Line> =
        sql_query("SELECT id::text AS text FROM orders.orders").load(&mut conn).await.context("orders")?;
    let twice = "SELECT count(*) - count(DISTINCT (scope, key)) AS count FROM orders.order_keys";
    let keys: Count = sql_query(twice).get_result(&mut conn).await.context("keys")?;
    let ids: BTreeSet<_> = rows.iter().map(|row| row.text.clone()).collect();
    let twice = u64::try_from(rows.len() - ids.len())? + u64::try_from(keys.count)?;
    Ok(Stored { ids, doubled: twice })
}
