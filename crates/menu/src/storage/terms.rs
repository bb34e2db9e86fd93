//! Commercial terms of the branches, with their delivery zones.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::calendar::{CutOff, DayTime};
use domain::ids::{BranchId, ZoneId};
use domain::menu::{DeliveryZone, HalfPriceRule, MenuBranch, Terms};
use store::StoreError;
use uuid::Uuid;

use super::schema::{branch_terms, delivery_zones};
use super::{Page, money, narrow, place, widen};

/// A branch as the menu keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchRecord {
    /// Its names and terms.
    pub branch: MenuBranch,
    /// When its business date changes.
    pub cut_off: CutOff,
    /// Grows by 1 with every change.
    pub version: i64,
}

impl BranchRecord {
    /// The branch after another one became the default.
    #[must_use]
    pub fn without_default(&self) -> Self {
        let branch = MenuBranch { is_default: false, ..self.branch.clone() };
        Self { branch, version: self.version + 1, ..self.clone() }
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = branch_terms, primary_key(branch_id))]
#[diesel(check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
struct TermsRow {
    branch_id: Uuid,
    code: String,
    name: String,
    time_zone: String,
    cut_off: String,
    active: bool,
    is_default: bool,
    half_price_rule: String,
    default_zone_id: Option<Uuid>,
    version: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = delivery_zones, check_for_backend(diesel::pg::Pg))]
struct ZoneRow {
    branch_id: Uuid,
    position: i32,
    id: Uuid,
    name: String,
    fee: i64,
    minimum: i64,
    free_from: Option<i64>,
    extra_minutes: i32,
}

/// Creates a branch's terms, or replaces them. Only one branch can be the default: the former goes first.
pub async fn put(conn: &mut AsyncPgConnection, record: &BranchRecord) -> Result<(), StoreError> {
    let row = TermsRow::from(record);
    diesel::insert_into(branch_terms::table)
        .values(&row)
        .on_conflict(branch_terms::branch_id)
        .do_update()
        .set(&row)
        .execute(conn)
        .await?;
    diesel::delete(delivery_zones::table.filter(delivery_zones::branch_id.eq(row.branch_id)))
        .execute(conn)
        .await?;
    let zones = record.branch.terms.zones.iter().enumerate();
    let zones: Vec<_> = zones.map(|(at, zone)| ZoneRow::new(row.branch_id, at, zone)).collect();
    diesel::insert_into(delivery_zones::table).values(&zones).execute(conn).await?;
    Ok(())
}

/// The terms of one branch.
pub async fn find(conn: &mut AsyncPgConnection, id: BranchId) -> Result<Option<BranchRecord>, StoreError> {
    let query = branch_terms::table.find(id.as_uuid()).select(TermsRow::as_select());
    let row: Option<TermsRow> = query.first(conn).await.optional()?;
    Ok(assemble(conn, row.into_iter().collect()).await?.pop())
}

/// The default branch, active or not.
pub async fn default_branch(conn: &mut AsyncPgConnection) -> Result<Option<BranchRecord>, StoreError> {
    let query = branch_terms::table.filter(branch_terms::is_default).select(TermsRow::as_select());
    let row: Option<TermsRow> = query.first(conn).await.optional()?;
    Ok(assemble(conn, row.into_iter().collect()).await?.pop())
}

/// Whether another branch has the code.
pub async fn code_is_taken(
    conn: &mut AsyncPgConnection,
    code: &str,
    by: BranchId,
) -> Result<bool, StoreError> {
    let holder = branch_terms::table
        .filter(branch_terms::code.eq(code))
        .filter(branch_terms::branch_id.ne(by.as_uuid()));
    Ok(holder.select(branch_terms::branch_id).first::<Uuid>(conn).await.optional()?.is_some())
}

/// A page of branches by id.
pub async fn page(conn: &mut AsyncPgConnection, page: Page) -> Result<Vec<BranchRecord>, StoreError> {
    let mut query =
        branch_terms::table.select(TermsRow::as_select()).order(branch_terms::branch_id).into_boxed();
    if let Some(after) = page.after {
        query = query.filter(branch_terms::branch_id.gt(after));
    }
    let rows = query.limit(page.limit).load(conn).await?;
    assemble(conn, rows).await
}

/// Every branch.
pub async fn all(conn: &mut AsyncPgConnection) -> Result<Vec<BranchRecord>, StoreError> {
    let rows =
        branch_terms::table.select(TermsRow::as_select()).order(branch_terms::branch_id).load(conn).await?;
    assemble(conn, rows).await
}

async fn assemble(
    conn: &mut AsyncPgConnection,
    rows: Vec<TermsRow>,
) -> Result<Vec<BranchRecord>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.branch_id).collect();
    let zone_rows: Vec<ZoneRow> = delivery_zones::table
        .filter(delivery_zones::branch_id.eq_any(ids))
        .order((delivery_zones::branch_id, delivery_zones::position))
        .select(ZoneRow::as_select())
        .load(conn)
        .await?;
    let mut zones: HashMap<Uuid, Vec<DeliveryZone>> = HashMap::new();
    for row in zone_rows {
        zones.entry(row.branch_id).or_default().push(row.try_into()?);
    }
    let record = |row: TermsRow| {
        let zones = zones.remove(&row.branch_id).unwrap_or_default();
        row.lift(zones)
    };
    rows.into_iter().map(record).collect()
}

impl From<&BranchRecord> for TermsRow {
    fn from(record: &BranchRecord) -> Self {
        let MenuBranch { id, code, name, time_zone, active, is_default, terms } = &record.branch;
        Self {
            branch_id: id.as_uuid(),
            code: code.clone(),
            name: name.clone(),
            time_zone: time_zone.clone(),
            cut_off: record.cut_off.time().to_string(),
            active: *active,
            is_default: *is_default,
            half_price_rule: terms.half_price_rule.as_str().to_owned(),
            default_zone_id: terms.default_zone.map(ZoneId::as_uuid),
            version: record.version,
        }
    }
}

impl TermsRow {
    fn lift(self, zones: Vec<DeliveryZone>) -> Result<BranchRecord, StoreError> {
        let unreadable = |reason: &'static str| StoreError::corrupt("branch_terms", self.branch_id, reason);
        let cut_off = self.cut_off.parse::<DayTime>().and_then(CutOff::new);
        let terms = Terms {
            half_price_rule: HalfPriceRule::parse(&self.half_price_rule)
                .ok_or_else(|| unreadable("unknown half price rule"))?,
            zones,
            default_zone: self.default_zone_id.map(ZoneId::from_uuid),
        };
        Ok(BranchRecord {
            cut_off: cut_off.map_err(|_| unreadable("cut-off is no time"))?,
            version: self.version,
            branch: MenuBranch {
                id: BranchId::from_uuid(self.branch_id),
                code: self.code,
                name: self.name,
                time_zone: self.time_zone,
                active: self.active,
                is_default: self.is_default,
                terms,
            },
        })
    }
}

impl ZoneRow {
    fn new(branch_id: Uuid, at: usize, zone: &DeliveryZone) -> Self {
        Self {
            branch_id,
            position: place(at),
            id: zone.id.as_uuid(),
            name: zone.name.clone(),
            fee: zone.fee.kopecks(),
            minimum: zone.minimum.kopecks(),
            free_from: zone.free_from.map(i64::from),
            extra_minutes: narrow(zone.extra_minutes),
        }
    }
}

impl TryFrom<ZoneRow> for DeliveryZone {
    type Error = StoreError;

    fn try_from(row: ZoneRow) -> Result<Self, StoreError> {
        let amount = |kopecks| money("delivery_zones", row.id, kopecks);
        Ok(Self {
            fee: amount(row.fee)?,
            minimum: amount(row.minimum)?,
            free_from: row.free_from.map(amount).transpose()?,
            id: ZoneId::from_uuid(row.id),
            name: row.name,
            extra_minutes: widen(row.extra_minutes),
        })
    }
}
