//! The book of branches: who they are, when they are open, what their slots take.
//!
//! It is small and read all the time, so it is loaded as a whole and kept in memory; `book_revision` says when
//! it has changed.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::calendar::{BusinessDate, Calendar, CutOff, DayTime, Grid, SlotMinutes, parse_zone};
use domain::ids::BranchId;
use domain::slots::{RawSlotConfig, SlotConfig, raw_limits};
use store::StoreError;
use uuid::Uuid;

use super::hours;
use super::rows::SINCE_EVER;
use super::schema::{book_revision, branches, configs, grids};

/// One branch with its calendar and slot settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Which branch.
    pub id: BranchId,
    /// 2..=6 of `A-Z 0-9`, unique.
    pub code: String,
    /// Unique without case.
    pub name: String,
    /// Requests without a branch go to it.
    pub is_default: bool,
    /// An inactive branch takes no orders.
    pub active: bool,
    /// Raised by every change of the branch.
    pub version: i64,
    /// When it is open, and how that time is cut.
    pub calendar: Calendar,
    /// What its slots take.
    pub config: SlotConfig,
    /// Raised by every change of the settings.
    pub config_version: i64,
}

/// All branches, as of one revision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BranchBook {
    /// Raised by every change.
    pub revision: i64,
    /// By id.
    pub branches: HashMap<BranchId, std::sync::Arc<Branch>>,
}

impl BranchBook {
    /// The branch that requests without a branch go to.
    pub fn default_branch(&self) -> Option<&std::sync::Arc<Branch>> {
        self.branches.values().find(|branch| branch.is_default)
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = branches, check_for_backend(diesel::pg::Pg))]
struct BranchRow {
    id: Uuid,
    code: String,
    name: String,
    name_key: String,
    hours: serde_json::Value,
    is_default: bool,
    active: bool,
    version: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = grids, check_for_backend(diesel::pg::Pg))]
struct GridRow {
    branch_id: Uuid,
    from_date: NaiveDate,
    time_zone: String,
    cut_off_minutes: i16,
    slot_minutes: i16,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = configs, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
struct ConfigRow {
    branch_id: Uuid,
    limit_roubles: Option<i64>,
    limit_orders: Option<i64>,
    limit_units: Option<i64>,
    limit_work_seconds: Option<i64>,
    limit_oven_places: Option<i64>,
    limit_deliveries: Option<i64>,
    lead_minutes: i16,
    min_lead_minutes: i16,
    horizon_days: i16,
    max_shift_minutes: Option<i16>,
    version: i64,
}

/// The revision of the book as it stands.
pub async fn revision(conn: &mut AsyncPgConnection) -> Result<i64, StoreError> {
    Ok(book_revision::table.select(book_revision::revision).first(conn).await?)
}

/// Raises the revision and keeps other changes of the book waiting until this transaction ends.
pub async fn touch(conn: &mut AsyncPgConnection) -> Result<i64, StoreError> {
    let raised = diesel::update(book_revision::table)
        .set(book_revision::revision.eq(book_revision::revision + 1))
        .returning(book_revision::revision);
    Ok(raised.get_result(conn).await?)
}

/// The whole book. Inside a transaction that has called [`touch`] it is the last word.
pub async fn load(conn: &mut AsyncPgConnection) -> Result<BranchBook, StoreError> {
    let revision = revision(conn).await?;
    let rows: Vec<(BranchRow, ConfigRow)> = branches::table
        .inner_join(configs::table.on(configs::branch_id.eq(branches::id)))
        .select((BranchRow::as_select(), ConfigRow::as_select()))
        .load(conn)
        .await?;
    let grid_rows: Vec<GridRow> = grids::table
        .order((grids::branch_id, grids::from_date))
        .select(GridRow::as_select())
        .load(conn)
        .await?;
    let mut grids_of: HashMap<Uuid, Vec<GridRow>> = HashMap::new();
    for row in grid_rows {
        grids_of.entry(row.branch_id).or_default().push(row);
    }
    let read = rows.into_iter().map(|(branch, config)| {
        let grids = grids_of.remove(&branch.id).unwrap_or_default();
        let branch = read_branch(branch, &config, grids)?;
        Ok((branch.id, std::sync::Arc::new(branch)))
    });
    Ok(BranchBook { revision, branches: read.collect::<Result<_, StoreError>>()? })
}

/// Writes a branch: new, or over what it was. Its settings and grids are written apart.
pub async fn save_branch(conn: &mut AsyncPgConnection, branch: &Branch) -> Result<(), StoreError> {
    let row = BranchRow {
        id: branch.id.as_uuid(),
        code: branch.code.clone(),
        name: branch.name.clone(),
        name_key: branch.name.to_lowercase(),
        hours: hours::to_column(branch.calendar.hours())
            .map_err(|error| StoreError::corrupt("branches", branch.id, error))?,
        is_default: branch.is_default,
        active: branch.active,
        version: branch.version,
    };
    diesel::insert_into(branches::table)
        .values(&row)
        .on_conflict(branches::id)
        .do_update()
        .set(&row)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that Redis learns of a branch; whether it has before, so that it may have given numbers out.
pub async fn note_filled(conn: &mut AsyncPgConnection, branch: BranchId) -> Result<bool, StoreError> {
    let unknown = branches::table.filter(branches::id.eq(branch.as_uuid()).and(branches::filled.eq(false)));
    Ok(diesel::update(unknown).set(branches::filled.eq(true)).execute(conn).await? == 0)
}

/// Takes the default mark from whichever branch has it.
pub async fn clear_default(conn: &mut AsyncPgConnection) -> Result<(), StoreError> {
    diesel::update(branches::table.filter(branches::is_default))
        .set((branches::is_default.eq(false), branches::version.eq(branches::version + 1)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes the slot settings of a branch, the slot length apart.
pub async fn save_config(conn: &mut AsyncPgConnection, branch: &Branch) -> Result<(), StoreError> {
    let row = config_row(branch);
    diesel::insert_into(configs::table)
        .values(&row)
        .on_conflict(configs::branch_id)
        .do_update()
        .set(&row)
        .execute(conn)
        .await?;
    Ok(())
}

/// Lets a grid begin at a business date; `None`: it has held since ever. Later grids of the branch fall away.
pub async fn save_grid(
    conn: &mut AsyncPgConnection,
    branch: BranchId,
    from: Option<BusinessDate>,
    grid: Grid,
) -> Result<(), StoreError> {
    let from_date = from.map_or(SINCE_EVER, BusinessDate::day);
    let replaced =
        grids::table.filter(grids::branch_id.eq(branch.as_uuid()).and(grids::from_date.ge(from_date)));
    diesel::delete(replaced).execute(conn).await?;
    let row = GridRow {
        branch_id: branch.as_uuid(),
        from_date,
        time_zone: grid.zone.name().to_owned(),
        cut_off_minutes: grid.cut_off.time().minutes().try_into().unwrap_or(0),
        slot_minutes: grid.slot_minutes.get().try_into().unwrap_or(0),
    };
    diesel::insert_into(grids::table).values(&row).execute(conn).await?;
    Ok(())
}

fn config_row(branch: &Branch) -> ConfigRow {
    let SlotConfig { limits, lead_minutes, min_lead_minutes, horizon_days, max_shift_minutes, .. } =
        branch.config;
    let [limit_roubles, limit_orders, limit_units, limit_work_seconds, limit_oven_places, limit_deliveries] =
        raw_limits(&limits);
    let small = |number: u16| i16::try_from(number).unwrap_or(i16::MAX);
    ConfigRow {
        branch_id: branch.id.as_uuid(),
        limit_roubles,
        limit_orders,
        limit_units,
        limit_work_seconds,
        limit_oven_places,
        limit_deliveries,
        lead_minutes: small(lead_minutes),
        min_lead_minutes: small(min_lead_minutes),
        horizon_days: small(horizon_days),
        max_shift_minutes: max_shift_minutes.map(small),
        version: branch.config_version,
    }
}

fn read_branch(row: BranchRow, config: &ConfigRow, grids: Vec<GridRow>) -> Result<Branch, StoreError> {
    let hours =
        hours::from_column(row.hours).map_err(|error| StoreError::corrupt("branches", row.id, error))?;
    let mut grids = grids.into_iter();
    let first = grids.next().ok_or_else(|| StoreError::corrupt("grids", row.id, "is missing"))?;
    let mut calendar = Calendar::new(hours, read_grid(&first)?);
    for grid in grids {
        calendar = calendar.changing(BusinessDate::new(grid.from_date), read_grid(&grid)?);
    }
    let config_version = config.version;
    Ok(Branch {
        id: BranchId::from_uuid(row.id),
        code: row.code,
        name: row.name,
        is_default: row.is_default,
        active: row.active,
        version: row.version,
        config: read_config(config, calendar.last_grid().slot_minutes)?,
        config_version,
        calendar,
    })
}

fn read_grid(row: &GridRow) -> Result<Grid, StoreError> {
    let because = |reason| StoreError::corrupt("grids", row.branch_id, reason);
    let cut_off = u16::try_from(row.cut_off_minutes).ok().and_then(DayTime::from_minutes);
    let slot_minutes = u16::try_from(row.slot_minutes).ok().and_then(SlotMinutes::new);
    Ok(Grid {
        zone: parse_zone(&row.time_zone)
            .map_err(|error| StoreError::corrupt("grids", row.branch_id, error))?,
        cut_off: cut_off
            .and_then(|time| CutOff::new(time).ok())
            .ok_or_else(|| because("has an impossible cut-off"))?,
        slot_minutes: slot_minutes.ok_or_else(|| because("has an impossible slot length"))?,
    })
}

fn read_config(row: &ConfigRow, slot_minutes: SlotMinutes) -> Result<SlotConfig, StoreError> {
    let raw = RawSlotConfig {
        slot_minutes: i64::from(slot_minutes.get()),
        limits: [
            row.limit_roubles,
            row.limit_orders,
            row.limit_units,
            row.limit_work_seconds,
            row.limit_oven_places,
            row.limit_deliveries,
        ],
        lead_minutes: row.lead_minutes.into(),
        min_lead_minutes: row.min_lead_minutes.into(),
        horizon_days: row.horizon_days.into(),
        max_shift_minutes: row.max_shift_minutes.map(Into::into),
    };
    SlotConfig::try_from(raw).map_err(|error| StoreError::corrupt("configs", row.branch_id, error))
}
