//! Told twice, applied once.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use uuid::Uuid;

use crate::error::StoreError;

diesel::table! {
    inbox (consumer, event_id) {
        consumer -> Text,
        event_id -> Uuid,
        seen_at -> Timestamptz,
    }
}

/// Notes that `consumer` has seen `event_id`, in the transaction of its effect. `false`: it had seen it before.
pub async fn first_sight(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    event_id: Uuid,
) -> Result<bool, StoreError> {
    Ok(!first_sights(conn, consumer, &[event_id]).await?.is_empty())
}

/// The same for many at once: answers those that are new.
pub async fn first_sights(
    conn: &mut AsyncPgConnection,
    consumer: &str,
    event_ids: &[Uuid],
) -> Result<HashSet<Uuid>, StoreError> {
    // in one order everywhere, so that two readers of the same events do not deadlock
    let mut event_ids = event_ids.to_vec();
    event_ids.sort_unstable();
    event_ids.dedup();
    let rows: Vec<_> =
        event_ids.iter().map(|id| (inbox::consumer.eq(consumer), inbox::event_id.eq(id))).collect();
    let new: Vec<Uuid> = diesel::insert_into(inbox::table)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(inbox::event_id)
        .get_results(conn)
        .await?;
    Ok(new.into_iter().collect())
}

/// Forgets what was seen before `before`, `limit` of it at most; answers how much. Keep it for longer than the
/// topics keep their records.
pub async fn purge(
    conn: &mut AsyncPgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<usize, StoreError> {
    let old: Vec<(String, Uuid)> = inbox::table
        .filter(inbox::seen_at.lt(before))
        .order(inbox::seen_at)
        .limit(limit)
        .select((inbox::consumer, inbox::event_id))
        .load(conn)
        .await?;
    let ids: Vec<Uuid> = old.iter().map(|(_, id)| *id).collect();
    let gone = inbox::table.filter(inbox::event_id.eq_any(ids)).filter(inbox::seen_at.lt(before));
    Ok(diesel::delete(gone).execute(conn).await?)
}
