//! What the tables need from time to time: partitions ahead of time, and old keys and answers forgotten.

use chrono::{Months, NaiveDate, TimeDelta};
use store::{Connection, StoreError, commands, partitions};

use super::App;
use crate::storage::{duplicates, keys};

/// The partitioned tables.
const TABLES: [&str; 3] = ["orders", "order_items", "order_history"];
/// Partitions ahead of the present month.
const MONTHS_AHEAD: u32 = 3;
/// Answers to commands are kept for 48 hours.
const ANSWERS_KEPT: TimeDelta = TimeDelta::hours(48);
/// Keys of orders bind for two days. They are kept for longer than any record can come again, dead letters included:
/// a record that comes late is compared with the orders of its own time.
const KEYS_KEPT: TimeDelta = TimeDelta::days(30);
const AT_ONCE: i64 = 5000;

impl App {
    /// Makes missing partitions; raises an alarm for rows that found none. A table that fails keeps no other from
    /// getting its months.
    pub async fn keep_partitions(&self) -> Result<(), StoreError> {
        let today = self.clock.now().date_naive();
        // a record may come again until the month after its own
        let around = today.checked_sub_months(Months::new(1)).unwrap_or(today);
        let mut conn = self.pool.get().await?;
        let mut outcome = Ok(());
        for table in TABLES {
            let made = make_months(&mut conn, table, around).await;
            let counted = count_astray(&mut conn, table).await;
            outcome = outcome.and(made).and(counted);
        }
        outcome
    }

    /// Forgets what nobody can ask for any more.
    pub async fn forget_old(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut conn = self.pool.get().await?;
        while commands::purge(&mut conn, now - ANSWERS_KEPT, AT_ONCE).await? > 0 {}
        while keys::forget(&mut conn, now - KEYS_KEPT, AT_ONCE).await? > 0 {}
        duplicates::forget(&mut conn, now - KEYS_KEPT).await?;
        Ok(())
    }
}

async fn make_months(
    conn: &mut Connection,
    table: &'static str,
    around: NaiveDate,
) -> Result<(), StoreError> {
    let made = partitions::ensure_months(conn, table, around, MONTHS_AHEAD + 1).await?;
    if !made.is_empty() {
        tracing::info!(table, ?made, "{} partitions of {table} were made", made.len());
    }
    Ok(())
}

async fn count_astray(conn: &mut Connection, table: &'static str) -> Result<(), StoreError> {
    let astray = partitions::default_rows(conn, table).await?;
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    metrics::gauge!("orders_default_partition_rows", "table" => table).set(astray as f64);
    if astray > 0 {
        tracing::error!(table, rows = astray, "{astray} rows of {table} have no partition of their own");
    }
    Ok(())
}
