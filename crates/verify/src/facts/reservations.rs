//! Places of orders, as PostgreSQL has them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Bool, Int8, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use domain::slots::Need;
use uuid::Uuid;

use super::rows;

/// What one order holds of its slot.
#[derive(Clone, Debug)]
pub struct Reservation {
    /// Which order.
    pub order_id: Uuid,
    /// Whose slot.
    pub branch: Uuid,
    /// The slot.
    pub slot_start: DateTime<Utc>,
    /// Its end.
    pub slot_end: DateTime<Utc>,
    /// What the order takes.
    pub need: Need,
    /// confirmed, freed or done.
    pub state: String,
    /// Booked above a limit.
    pub over: bool,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    branch_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    slot_start: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    slot_end: DateTime<Utc>,
    #[diesel(sql_type = Int8)]
    need_roubles: i64,
    #[diesel(sql_type = Int8)]
    need_orders: i64,
    #[diesel(sql_type = Int8)]
    need_units: i64,
    #[diesel(sql_type = Int8)]
    need_work_seconds: i64,
    #[diesel(sql_type = Int8)]
    need_oven_places: i64,
    #[diesel(sql_type = Int8)]
    need_deliveries: i64,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Bool)]
    over: bool,
}

/// Reads all of them.
pub async fn read(conn: &mut AsyncPgConnection) -> anyhow::Result<BTreeMap<Uuid, Reservation>> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT order_id, branch_id, slot_start, slot_end, need_roubles, need_orders, \
         need_units, need_work_seconds, need_oven_places, need_deliveries, state, over \
         FROM slots.reservations",
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.order_id, Reservation::from(row))).collect())
}

impl From<Row> for Reservation {
    fn from(row: Row) -> Self {
        Self {
            order_id: row.order_id,
            branch: row.branch_id,
            slot_start: row.slot_start,
            slot_end: row.slot_end,
            need: rows::need([
                row.need_roubles,
                row.need_orders,
                row.need_units,
                row.need_work_seconds,
                row.need_oven_places,
                row.need_deliveries,
            ]),
            state: row.state,
            over: row.over,
        }
    }
}
