//! Shapes that several tables share.

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use domain::slots::Need;

/// Whether there is such a table.
pub async fn exists(conn: &mut AsyncPgConnection, table: &str) -> anyhow::Result<bool> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Bool)]
        found: bool,
    }
    let row: Found = diesel::sql_query("SELECT to_regclass($1) IS NOT NULL AS found")
        .bind::<Text, _>(table)
        .get_result(conn)
        .await?;
    Ok(row.found)
}

/// A need from its six columns, in the order of the dimensions.
pub fn need(amounts: [i64; 6]) -> Need {
    let mut amounts = amounts.into_iter();
    Need::from_fn(|_| amounts.next().and_then(|amount| u64::try_from(amount).ok()).unwrap_or(0))
}
