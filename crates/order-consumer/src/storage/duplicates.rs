//! Accepted orders that are not stored, and the orders that are in their place.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::ids::OrderId;
use store::StoreError;
use uuid::Uuid;

use super::schema::order_duplicates;

/// Remembers orders, each with the order that has its key and when it was accepted.
pub async fn remember(
    conn: &mut AsyncPgConnection,
    duplicates: impl Iterator<Item = (OrderId, OrderId, DateTime<Utc>)>,
) -> Result<(), StoreError> {
    let row = |(id, original, at): (OrderId, OrderId, DateTime<Utc>)| {
        (
            order_duplicates::order_id.eq(id.as_uuid()),
            order_duplicates::original_id.eq(original.as_uuid()),
            order_duplicates::created_at.eq(at),
        )
    };
    let rows: Vec<_> = duplicates.map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    diesel::insert_into(order_duplicates::table).values(rows).on_conflict_do_nothing().execute(conn).await?;
    Ok(())
}

/// Of these orders, those that are remembered, each with the order that is in its place.
pub async fn originals(
    conn: &mut AsyncPgConnection,
    orders: impl Iterator<Item = OrderId>,
) -> Result<HashMap<OrderId, OrderId>, StoreError> {
    let ids: Vec<Uuid> = orders.map(OrderId::as_uuid).collect();
    let rows: Vec<(Uuid, Uuid)> = order_duplicates::table
        .filter(order_duplicates::order_id.eq_any(ids))
        .select((order_duplicates::order_id, order_duplicates::original_id))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, of)| (OrderId::from_uuid(id), OrderId::from_uuid(of))).collect())
}

/// The order that is in the place of this one.
pub async fn original(conn: &mut AsyncPgConnection, id: OrderId) -> Result<Option<OrderId>, StoreError> {
    let row = order_duplicates::table.find(id.as_uuid()).select(order_duplicates::original_id);
    let found: Option<Uuid> = row.first(conn).await.optional()?;
    Ok(found.map(OrderId::from_uuid))
}

/// Forgets orders accepted before `before`.
pub async fn forget(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<usize, StoreError> {
    let old = order_duplicates::table.filter(order_duplicates::created_at.lt(before));
    Ok(diesel::delete(old).execute(conn).await?)
}
