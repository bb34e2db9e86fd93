//! What people set for a single slot, until it ends.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::ids::BranchId;
use domain::slots::{Limits, parse_limits, raw_limits};
use store::StoreError;
use uuid::Uuid;

use super::schema::overrides;

/// A slot's own settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Override {
    /// Start of the slot.
    pub slot_start: DateTime<Utc>,
    /// End of the slot.
    pub slot_end: DateTime<Utc>,
    /// Closed for new orders.
    pub disabled: bool,
    /// Its own limits; the branch's where absent.
    pub limits: Limits,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = overrides, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
struct OverrideRow {
    branch_id: Uuid,
    slot_start: DateTime<Utc>,
    slot_end: DateTime<Utc>,
    disabled: bool,
    limit_roubles: Option<i64>,
    limit_orders: Option<i64>,
    limit_units: Option<i64>,
    limit_work_seconds: Option<i64>,
    limit_oven_places: Option<i64>,
    limit_deliveries: Option<i64>,
}

/// A slot's own settings, kept from other changes until this transaction ends.
pub async fn find_for_update(
    conn: &mut AsyncPgConnection,
    branch: BranchId,
    slot_start: DateTime<Utc>,
) -> Result<Option<Override>, StoreError> {
    let row = overrides::table
        .find((branch.as_uuid(), slot_start))
        .select(OverrideRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    row.as_ref().map(read).transpose()
}

/// Writes a slot's own settings over what was set before.
pub async fn save(conn: &mut AsyncPgConnection, branch: BranchId, set: &Override) -> Result<(), StoreError> {
    let row = row(branch, set);
    diesel::insert_into(overrides::table)
        .values(&row)
        .on_conflict((overrides::branch_id, overrides::slot_start))
        .do_update()
        .set(&row)
        .execute(conn)
        .await?;
    Ok(())
}

/// Settings of the branch's slots that end after `end`.
pub async fn ending_after(
    conn: &mut AsyncPgConnection,
    branch: BranchId,
    end: DateTime<Utc>,
) -> Result<Vec<Override>, StoreError> {
    let rows: Vec<OverrideRow> = overrides::table
        .filter(overrides::branch_id.eq(branch.as_uuid()).and(overrides::slot_end.gt(end)))
        .select(OverrideRow::as_select())
        .load(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// Forgets settings of slots that ended before `end`.
pub async fn delete_ended(conn: &mut AsyncPgConnection, end: DateTime<Utc>) -> Result<usize, StoreError> {
    Ok(diesel::delete(overrides::table.filter(overrides::slot_end.le(end))).execute(conn).await?)
}

fn row(branch: BranchId, set: &Override) -> OverrideRow {
    let [limit_roubles, limit_orders, limit_units, limit_work_seconds, limit_oven_places, limit_deliveries] =
        raw_limits(&set.limits);
    OverrideRow {
        branch_id: branch.as_uuid(),
        slot_start: set.slot_start,
        slot_end: set.slot_end,
        disabled: set.disabled,
        limit_roubles,
        limit_orders,
        limit_units,
        limit_work_seconds,
        limit_oven_places,
        limit_deliveries,
    }
}

fn read(row: &OverrideRow) -> Result<Override, StoreError> {
    let limits = [
        row.limit_roubles,
        row.limit_orders,
        row.limit_units,
        row.limit_work_seconds,
        row.limit_oven_places,
        row.limit_deliveries,
    ];
    Ok(Override {
        slot_start: row.slot_start,
        slot_end: row.slot_end,
        disabled: row.disabled,
        limits: parse_limits(&limits).map_err(|error| StoreError::corrupt("overrides", row.branch_id, error))?,
    })
}
