//! How far the log has been read into these tables.

use std::collections::BTreeMap;

use diesel::sql_types::{Array, BigInt, Integer, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use store::{StoreError, prepared};

use super::schema::positions;

/// The offset that is read next, by topic and partition.
pub type Positions = BTreeMap<(String, i32), i64>;

/// Notes how far a batch went; a position never goes back.
pub async fn advance(conn: &mut AsyncPgConnection, reached: &Positions) -> Result<(), StoreError> {
    let topics: Vec<&str> = reached.keys().map(|(topic, _)| topic.as_str()).collect();
    let partitions: Vec<i32> = reached.keys().map(|(_, partition)| *partition).collect();
    let offsets: Vec<i64> = reached.values().copied().collect();
    let advance = diesel::sql_query(
        "INSERT INTO positions (topic, partition, next_offset) SELECT * FROM UNNEST($1, $2, $3)
         ON CONFLICT (topic, partition) DO UPDATE
         SET next_offset = GREATEST(positions.next_offset, EXCLUDED.next_offset)",
    )
    .bind::<Array<Text>, _>(topics)
    .bind::<Array<Integer>, _>(partitions)
    .bind::<Array<BigInt>, _>(offsets);
    prepared(advance).execute(conn).await?;
    Ok(())
}

/// How far every partition has been read.
pub async fn load(conn: &mut AsyncPgConnection) -> Result<Positions, StoreError> {
    let rows: Vec<(String, i32, i64)> = positions::table.load(conn).await?;
    Ok(rows.into_iter().map(|(topic, partition, offset)| ((topic, partition), offset)).collect())
}
