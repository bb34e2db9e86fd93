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

/// A slot's own settings, or `unset` for a slot without; others wait until this transaction ends.
pub async fn take(
    conn: &mut AsyncPgConnection,
    branch: BranchId,
    unset: &Override,
) -> Result<Override, StoreError> {
    diesel::insert_into(overrides::table)
        .values(&row(branch, unset))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    let taken = overrides::table
        .find((branch.as_uuid(), unset.slot_start))
        .select(OverrideRow::as_select())
        .for_update()
        .first(conn)
        .await?;
    read(&taken)
}

/// Writes settings that were taken before.
pub async fn save(conn: &mut AsyncPgConnection, branch: BranchId, set: &Override) -> Result<(), StoreError> {
    let taken = overrides::table.find((branch.as_uuid(), set.slot_start));
    diesel::update(taken).set(&row(branch, set)).execute(conn).await?;
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

/// Settings of every branch's slots that end after `end`, in one order always.
pub async fn all_ending_after(
    conn: &mut AsyncPgConnection,
    end: DateTime<Utc>,
) -> Result<Vec<(BranchId, Override)>, StoreError> {
    let rows: Vec<OverrideRow> = overrides::table
        .filter(overrides::slot_end.gt(end))
        .order((overrides::branch_id, overrides::slot_start))
        .select(OverrideRow::as_select())
        .load(conn)
        .await?;
    rows.iter().map(|row| Ok((BranchId::from_uuid(row.branch_id), read(row)?))).collect()
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
        limits: parse_limits(&limits)
            .map_err(|error| StoreError::corrupt("overrides", row.branch_id, error))?,
    })
}
