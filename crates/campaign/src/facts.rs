//! What the database holds, as far as a report counts it.

use std::collections::{BTreeSet, HashSet};

use anyhow::Context as _;
use contracts::order::PizzaOrder;
use diesel::sql_types::{Bytea, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _};
use prost::Message as _;
use testkit::Count;

/// The orders of a database.
#[derive(Debug, Default)]
pub struct Stored {
    /// Ids of all orders.
    pub ids: BTreeSet<String>,
    /// Orders whose id or whose key another order has too.
    pub doubled: u64,
    /// Orders whose slot had no room for them.
    pub above_limits: u64,
}

#[derive(Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Bytea)]
    record: Vec<u8>,
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
    let rows = sql_query("SELECT id::text AS id, record FROM orders.orders");
    let rows: Vec<Row> = rows.load(&mut conn).await.context("orders")?;
    let over = sql_query("SELECT count(*) AS count FROM slots.reservations WHERE over");
    let over: Count = over.get_result(&mut conn).await.context("orders above a limit")?;
    Ok(Stored { above_limits: u64::try_from(over.count)?, ..counted(&rows)? })
}

/// The key is read from the record: the table of keys takes each but once.
fn counted(rows: &[Row]) -> anyhow::Result<Stored> {
    let (mut stored, mut keys) = (Stored::default(), HashSet::new());
    for Row { id, record } in rows {
        let order = PizzaOrder::decode(record.as_slice()).with_context(|| format!("the record of {id}"))?;
        let is_first = stored.ids.insert(id.clone());
        let has_own_key =
            order.idempotency_key.is_empty() || keys.insert((order.idempotency_scope, order.idempotency_key));
        stored.doubled += u64::from(!(is_first && has_own_key));
    }
    Ok(stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, key: &str) -> Row {
        let order = PizzaOrder { idempotency_key: key.to_owned(), ..PizzaOrder::default() };
        Row { id: id.to_owned(), record: order.encode_to_vec() }
    }

    #[test]
    fn two_orders_with_one_id_or_one_key_are_doubled_and_two_without_a_key_are_not() {
        let doubled = |rows: &[Row]| counted(rows).unwrap().doubled;

        assert_eq!(doubled(&[row("a", "1"), row("b", "2"), row("c", ""), row("d", "")]), 0);
        assert_eq!(doubled(&[row("a", "1"), row("a", "1")]), 1);
        assert_eq!(doubled(&[row("a", "1"), row("b", "1")]), 1);
    }
}
