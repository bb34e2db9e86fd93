//! Monthly partitions, made ahead; what falls beside them lands in the default partition and raises an alarm.

use chrono::{Datelike as _, Months, NaiveDate};
use diesel::QueryableByName;
use diesel::sql_types::{Bool, Int8, Text};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};

use crate::error::StoreError;
use crate::lock::lock_for_transaction;

/// More rows than this are not counted: the alarm is loud enough.
const COUNTED: i64 = 100_000;

#[derive(QueryableByName)]
struct Exists {
    #[diesel(sql_type = Bool)]
    it_does: bool,
}

#[derive(QueryableByName)]
struct Rows {
    #[diesel(sql_type = Int8)]
    rows: i64,
}

/// Makes the partitions `<table>_y2026m02` of the month of `around` and of `ahead` months after it, where they
/// are missing; answers their names. The table is partitioned by ranges of `created_at`, months in UTC.
///
/// A month that cannot be made, as while rows of it lie in the default partition, keeps no other from being made; the
/// first error is answered once all were tried.
pub async fn ensure_months(
    conn: &mut AsyncPgConnection,
    table: &'static str,
    around: NaiveDate,
    ahead: u32,
) -> Result<Vec<String>, StoreError> {
    let (mut created, mut failure) = (Vec::new(), None);
    for step in 0..=ahead {
        let Some(month) = first_of_month(around, step) else { break };
        let Some(next) = first_of_month(around, step + 1) else { break };
        let name = format!("{table}_y{:04}m{:02}", month.year(), month.month());
        let made = conn.transaction(async |conn| make(conn, table, &name, month, next).await).await;
        match made {
            Ok(true) => created.push(name),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(
                    table,
                    error = chassis::causes(&error),
                    "the partition {name} could not be made: {error}"
                );
                failure = failure.or(Some(error));
            }
        }
    }
    failure.map_or(Ok(created), Err)
}

/// How many rows the default partition `<table>_default` holds: any means that a month was missing.
pub async fn default_rows(conn: &mut AsyncPgConnection, table: &'static str) -> Result<i64, StoreError> {
    let query =
        format!("SELECT count(*) AS rows FROM (SELECT 1 FROM \"{table}_default\" LIMIT {COUNTED}) AS found");
    let answer: Rows = diesel::sql_query(query).get_result(conn).await?;
    Ok(answer.rows)
}

async fn make(
    conn: &mut AsyncPgConnection,
    table: &str,
    name: &str,
    month: NaiveDate,
    next: NaiveDate,
) -> Result<bool, StoreError> {
    lock_for_transaction(conn, &format!("partitions:{table}")).await?;
    let exists: Exists = diesel::sql_query("SELECT to_regclass($1) IS NOT NULL AS it_does")
        .bind::<Text, _>(format!("\"{name}\""))
        .get_result(conn)
        .await?;
    if exists.it_does {
        return Ok(false);
    }
    let query = format!(
        "CREATE TABLE \"{name}\" PARTITION OF \"{table}\" \
         FOR VALUES FROM ('{month} 00:00:00+00') TO ('{next} 00:00:00+00')"
    );
    conn.batch_execute(&query).await?;
    Ok(true)
}

fn first_of_month(around: NaiveDate, months_later: u32) -> Option<NaiveDate> {
    around.with_day(1)?.checked_add_months(Months::new(months_later))
}
