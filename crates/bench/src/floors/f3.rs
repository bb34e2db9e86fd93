//! F3, F3u, F3s: orders into order-consumer's table as fast as PostgreSQL takes them, by `COPY`, by `UNNEST` and one
//! by one; F3a: with the rows that they have in other tables. The same tables, indexes and durability as the
//! service's; nothing is decoded, checked or told.

use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use chassis::{Clock as _, SystemClock};
use contracts::order::PizzaOrder;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls};

use super::order_rows::accepted;
use super::pg_tables::{self, Cell, ITEMS, KEYS, ORDERS, Table};

/// Orders in one statement.
const BATCH: usize = 1_000;

/// `floor f3|f3u|f3s|f3a DATABASE SECONDS`: prints the orders per second.
pub async fn run(name: &str, arguments: &[String]) -> anyhow::Result<()> {
    let [url, seconds] = arguments else { bail!("{name} DATABASE SECONDS") };
    let length = Duration::from_secs_f64(seconds.parse()?);
    let (mut client, connection) = tokio_postgres::connect(url, NoTls).await.context("PostgreSQL")?;
    let connection = tokio::spawn(connection);
    client.batch_execute("SET search_path TO orders").await?;
    let rate = match name {
        "f3" => copied(&client, length).await?,
        "f3u" => inserted(&mut client, BATCH, &[ORDERS], length).await?,
        "f3s" => inserted(&mut client, 1, &[ORDERS], length).await?,
        "f3a" => inserted(&mut client, BATCH, &[ORDERS, ITEMS, KEYS], length).await?,
        other => bail!("no way of writing rows: {other}"),
    };
    println!("{rate}");
    drop(client);
    Ok(connection.await??)
}

async fn copied(client: &Client, length: Duration) -> anyhow::Result<f64> {
    let columns = ORDERS.columns.iter().chain(ORDERS.alike);
    let (names, types): (Vec<&str>, Vec<Type>) = columns.cloned().unzip();
    let sql = format!("COPY orders ({}) FROM STDIN BINARY", names.join(", "));
    let mut stretch = Stretch::default();
    while stretch.spent < length {
        let mut rows: Vec<Vec<Cell>> = orders(BATCH).iter().map(pg_tables::order_row).collect();
        for row in &mut rows {
            row.extend(pg_tables::alike());
        }
        let begin = Instant::now();
        let mut writer = pin!(BinaryCopyInWriter::new(client.copy_in(&sql).await?, &types));
        for row in &rows {
            let values: Vec<&(dyn ToSql + Sync)> = row.iter().map(|cell| cell as _).collect();
            writer.as_mut().write(&values).await?;
        }
        writer.finish().await?;
        stretch.add(BATCH, begin);
    }
    Ok(stretch.rate())
}

async fn inserted(
    client: &mut Client,
    batch: usize,
    tables: &[Table],
    length: Duration,
) -> anyhow::Result<f64> {
    let mut statements = Vec::new();
    for table in tables {
        statements.push(client.prepare(&insert(table)).await?);
    }
    let mut stretch = Stretch::default();
    while stretch.spent < length {
        let orders = orders(batch);
        let columns: Vec<_> = tables.iter().map(|table| pg_tables::columns(&(table.rows)(&orders))).collect();
        let begin = Instant::now();
        let transaction = client.transaction().await?;
        for (statement, columns) in statements.iter().zip(&columns) {
            let values: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| column as _).collect();
            transaction.execute(statement, &values).await?;
        }
        transaction.commit().await?;
        stretch.add(batch, begin);
    }
    Ok(stretch.rate())
}

/// Writes rows that come as one list per column, each once.
fn insert(table: &Table) -> String {
    let (told, alike) = (names(table.columns), names(table.alike));
    let lists: Vec<_> =
        (1..).zip(table.columns).map(|(place, (_, kind))| format!("${place}::{kind}[]")).collect();
    let values = if alike.is_empty() { "" } else { ", 'pending', 1, true" };
    let columns: Vec<_> = told.into_iter().chain(alike).collect();
    format!(
        "INSERT INTO {} ({}) SELECT *{values} FROM unnest({}) ON CONFLICT DO NOTHING",
        table.name,
        columns.join(", "),
        lists.join(", ")
    )
}

fn names(columns: &[(&'static str, Type)]) -> Vec<&'static str> {
    columns.iter().map(|(name, _)| *name).collect()
}

fn orders(count: usize) -> Vec<PizzaOrder> {
    (0..count).map(|_| accepted(SystemClock.now())).collect()
}

/// Orders written, and the time that the writing took: making them is not measured.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    orders: u32,
    spent: Duration,
}

impl Stretch {
    fn add(&mut self, orders: usize, begin: Instant) {
        self.orders += u32::try_from(orders).unwrap();
        self.spent += begin.elapsed();
    }

    fn rate(self) -> f64 {
        f64::from(self.orders) / self.spent.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_takes_a_list_per_column() {
        assert_eq!(
            insert(&KEYS),
            "INSERT INTO order_keys (scope, key, order_id, fingerprint, created_at) SELECT * FROM unnest($1::text[], \
             $2::text[], $3::uuid[], $4::bytea[], $5::timestamptz[]) ON CONFLICT DO NOTHING"
        );
    }
}
