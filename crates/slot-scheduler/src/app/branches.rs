//! Branches as far as their calendars go.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::calendar::{BusinessDate, Calendar, CutOff, Grid, OpeningHours};
use domain::ids::BranchId;
use domain::permissions::Reach;
use domain::slots::SlotConfig;
use domain::text::same_name;
use serde_json::json;
use store::{Connection, Transactional as _};

use super::ports::Change;
use super::{SlotError, Slots};
use crate::storage::{Branch, BranchBook, book, reservations};

/// What a branch should be; it replaces what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutBranch {
    /// Which branch.
    pub id: BranchId,
    /// 2..=6 of `A-Z 0-9`.
    pub code: String,
    /// As people call it.
    pub name: String,
    /// Zone of its wall clock.
    pub zone: chrono_tz::Tz,
    /// When its business date begins.
    pub cut_off: CutOff,
    /// When it is open.
    pub hours: OpeningHours,
    /// Requests without a branch go to it.
    pub is_default: bool,
    /// Whether it takes orders.
    pub active: bool,
    /// Refused unless the branch has this version.
    pub expected_version: Option<i64>,
}

impl Slots {
    /// Branches of `seen` after an id, in the order of ids; whether there are more.
    pub fn list_branches(
        &self,
        seen: &Reach,
        after: Option<BranchId>,
        page_size: usize,
    ) -> (Vec<Arc<Branch>>, bool) {
        let book = self.book.load();
        let is_seen = |id| match seen {
            Reach::Everywhere => true,
            Reach::Branches(ids) => ids.contains(&id),
        };
        let wanted = |id| is_seen(id) && after.is_none_or(|after| id > after);
        let mut branches: Vec<_> = book.branches.values().filter(|branch| wanted(branch.id)).collect();
        branches.sort_unstable_by_key(|branch| branch.id);
        let is_more = branches.len() > page_size;
        (branches.into_iter().take(page_size).cloned().collect(), is_more)
    }

    /// Makes a branch, or replaces what it was.
    pub async fn put_branch(&self, wanted: PutBranch, actor: &str) -> Result<Arc<Branch>, SlotError> {
        let is_known = self.branch_or_default(Some(wanted.id)).is_ok();
        let first_free = if is_known { Some(self.first_free_date(wanted.id).await?) } else { None };
        let now = self.now();
        let mut conn = self.pool.get().await?;
        let put = conn
            .transaction::<_, SlotError, _>(async |conn| {
                book::touch(conn).await?;
                let book = book::load(conn).await?;
                let before = book.branches.get(&wanted.id).map(Arc::as_ref);
                wanted.check(&book, before)?;
                let after = wanted.over(before, now)?;
                if before == Some(&after) {
                    return Ok(Arc::new(after));
                }
                if before.is_some_and(|before| before.active && !after.active) {
                    refuse_live_orders(conn, after.id, now).await?;
                }
                save(conn, before, &after, now, first_free).await?;
                self.keep(conn, actor, "branch.put", to_json(&after), Change::Branch(&after)).await?;
                Ok(Arc::new(after))
            })
            .await?;
        self.reload(&mut conn).await?;
        self.forgotten.notify_one();
        Ok(put)
    }

    /// Makes the first branch of a fresh system; of several instances one does, the others find it the same.
    pub(super) async fn open_first_branch(&self, hours: &OpeningHours) -> Result<(), SlotError> {
        let first = PutBranch {
            id: BranchId::MAIN,
            code: "MAIN".to_owned(),
            name: "Main".to_owned(),
            zone: chrono_tz::UTC,
            cut_off: CutOff::DEFAULT,
            hours: hours.clone(),
            is_default: true,
            active: true,
            expected_version: None,
        };
        self.put_branch(first, "system").await?;
        tracing::info!(branch.id = %BranchId::MAIN, "the first branch is made: MAIN");
        Ok(())
    }
}

impl PutBranch {
    fn check(&self, book: &BranchBook, before: Option<&Branch>) -> Result<(), SlotError> {
        let current = before.map_or(0, |branch| branch.version);
        if self.expected_version.is_some_and(|expected| expected != current) {
            return Err(SlotError::VersionConflict { current });
        }
        let mut others = book.branches.values().filter(|other| other.id != self.id);
        if others.clone().any(|other| other.code == self.code) {
            return Err(SlotError::CodeTaken);
        }
        if others.any(|other| same_name(&other.name, &self.name)) {
            return Err(SlotError::NameTaken);
        }
        let was_default = before.is_some_and(|branch| branch.is_default);
        if (was_default && !self.is_default) || (self.is_default && !self.active) {
            return Err(SlotError::BranchIsDefault);
        }
        Ok(())
    }

    /// The branch as it will be: hours hold at once, zone and cut-off from the next business date.
    fn over(&self, before: Option<&Branch>, now: DateTime<Utc>) -> Result<Branch, SlotError> {
        let config = before.map_or(SlotConfig::DEFAULT, |branch| branch.config);
        let grid = Grid { zone: self.zone, cut_off: self.cut_off, slot_minutes: config.slot_minutes };
        let hours = self.hours.clone().validated(grid.slot_minutes)?;
        let calendar = match before {
            None => Calendar::new(hours, grid),
            Some(before) if before.calendar.last_grid() == grid => before.calendar.clone().with_hours(hours),
            Some(before) => before.calendar.clone().with_hours(hours).changing(next_date(before, now), grid),
        };
        let after = Branch {
            id: self.id,
            code: self.code.clone(),
            name: self.name.clone(),
            is_default: self.is_default,
            active: self.active,
            version: before.map_or(0, |branch| branch.version),
            calendar,
            config,
            config_version: before.map_or(1, |branch| branch.config_version),
        };
        let is_changed = before != Some(&after);
        Ok(Branch { version: after.version + i64::from(is_changed), ..after })
    }
}

async fn save(
    conn: &mut Connection,
    before: Option<&Branch>,
    after: &Branch,
    now: DateTime<Utc>,
    first_free: Option<BusinessDate>,
) -> Result<(), SlotError> {
    if after.is_default {
        book::clear_default(conn).await?;
    }
    book::save_branch(conn, after).await?;
    let grid = after.calendar.last_grid();
    match before {
        None => {
            book::save_grid(conn, after.id, None, grid).await?;
            book::save_config(conn, after).await?;
        }
        Some(before) if before.calendar.last_grid() != grid => {
            let next = next_date(before, now);
            if first_free.is_some_and(|free| free > next) {
                return Err(SlotError::BranchHasFutureOrders);
            }
            book::save_grid(conn, after.id, Some(next), grid).await?;
        }
        Some(_) => {}
    }
    Ok(())
}

async fn refuse_live_orders(
    conn: &mut Connection,
    branch: BranchId,
    now: DateTime<Utc>,
) -> Result<(), SlotError> {
    let orders = reservations::live(conn, branch, now).await?.len();
    if orders == 0 { Ok(()) } else { Err(SlotError::BranchInUse { orders }) }
}

fn next_date(branch: &Branch, now: DateTime<Utc>) -> BusinessDate {
    branch.calendar.business_date(now).next()
}

fn to_json(branch: &Branch) -> serde_json::Value {
    let grid = branch.calendar.last_grid();
    json!({
        "code": branch.code,
        "name": branch.name,
        "time_zone": grid.zone.name(),
        "cut_off": grid.cut_off.time().to_string(),
        "is_default": branch.is_default,
        "active": branch.active,
    })
}
