//! Every status an order had after its first one.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contracts::order::StatusChange;
use diesel::prelude::*;
use diesel::sql_types::{Array, Int8, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Order;
use super::schema::order_history;
use store::{StoreError, prepared};

/// Notes the status that the order has entered with its present version.
pub async fn note(
    conn: &mut AsyncPgConnection,
    order: &Order,
    at: DateTime<Utc>,
    actor: &str,
) -> Result<(), StoreError> {
    diesel::insert_into(order_history::table)
        .values((
            order_history::order_id.eq(order.id.as_uuid()),
            order_history::created_at.eq(order.created_at),
            order_history::version.eq(order.version),
            order_history::status.eq(order.status.as_str()),
            order_history::at.eq(at),
            order_history::actor.eq(actor),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds the later statuses to the orders' histories, oldest first.
pub async fn fill_in(conn: &mut AsyncPgConnection, orders: &mut [&mut Order]) -> Result<(), StoreError> {
    #[derive(QueryableByName)]
    struct HistoryRow {
        #[diesel(sql_type = SqlUuid)]
        order_id: Uuid,
        #[diesel(sql_type = Int8)]
        version: i64,
        #[diesel(sql_type = Text)]
        status: String,
        #[diesel(sql_type = Timestamptz)]
        at: DateTime<Utc>,
        #[diesel(sql_type = Text)]
        actor: String,
    }
    let stored = diesel::sql_query(
        "SELECT order_id, version, status, at, actor FROM order_history \
         JOIN unnest($1, $2) AS asked (order_id, created_at) USING (order_id, created_at) \
         ORDER BY order_id, version",
    )
    .bind::<Array<SqlUuid>, _>(orders.iter().map(|order| order.id.as_uuid()).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(orders.iter().map(|order| order.created_at).collect::<Vec<_>>());
    let rows: Vec<HistoryRow> = prepared(stored).load(conn).await?;
    let mut changes: HashMap<Uuid, Vec<StatusChange>> = HashMap::new();
    for row in rows {
        changes.entry(row.order_id).or_default().push(StatusChange {
            status: row.status,
            at: row.at.timestamp_millis(),
            actor: row.actor,
            version: row.version,
        });
    }
    for order in orders {
        order.full.history.extend(changes.remove(&order.id.as_uuid()).unwrap_or_default());
    }
    Ok(())
}
