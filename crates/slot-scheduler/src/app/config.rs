//! Slot settings of a branch.

use std::sync::Arc;

use domain::calendar::{BusinessDate, Grid};
use domain::ids::BranchId;
use domain::slots::{RawSlotConfig, SlotConfig, raw_limits};
use serde_json::json;
use store::Transactional as _;

use super::ports::Change;
use super::{SlotError, Slots};
use crate::storage::{Branch, book, reservations};

/// What of the settings changes; what is absent stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConfigPatch {
    /// Length of a slot.
    pub slot_minutes: Option<i64>,
    /// Limits, in the order of the dimensions; `Some(None)` takes a limit away.
    pub limits: [Option<Option<i64>>; 6],
    /// Lead of the kitchen.
    pub lead_minutes: Option<i64>,
    /// Earliest slot, counted from the order.
    pub min_lead_minutes: Option<i64>,
    /// Days ahead.
    pub horizon_days: Option<i64>,
    /// Longest shift; `Some(None)` takes the limit away.
    pub max_shift_minutes: Option<Option<i64>>,
    /// Refused unless the settings have this version.
    pub expected_version: Option<i64>,
    /// First business date of a new slot length; absent: the first without reservations.
    pub effective_from: Option<BusinessDate>,
}

impl Slots {
    /// Changes the settings of a branch.
    pub async fn update_config(
        &self,
        branch: BranchId,
        patch: ConfigPatch,
        actor: &str,
    ) -> Result<Arc<Branch>, SlotError> {
        let first_free = self.first_free_date(branch).await?;
        let mut conn = self.pool.get().await?;
        let changed = conn
            .transaction::<_, SlotError, _>(async |conn| {
                book::touch(conn).await?;
                let before =
                    book::load(conn).await?.branches.remove(&branch).ok_or(SlotError::BranchNotFound)?;
                let after = patch.over(&before)?;
                if after == *before {
                    return Ok(before);
                }
                let grid = Grid { slot_minutes: after.config.slot_minutes, ..before.calendar.last_grid() };
                let after = if grid == before.calendar.last_grid() {
                    after
                } else {
                    // a zone or cut-off that is announced comes when it was announced for, not with the slots
                    let settled = before.calendar.last_clock_change().max(Some(first_free));
                    let from = patch.grid_begins(settled.unwrap_or(first_free))?;
                    before.calendar.hours().clone().validated(grid.slot_minutes)?;
                    book::save_grid(conn, branch, Some(from), grid).await?;
                    Branch { calendar: after.calendar.changing(from, grid), ..after }
                };
                book::save_config(conn, &after).await?;
                self.keep(conn, actor, "slots.config", to_json(&after.config), Change::Config(&after))
                    .await?;
                Ok(Arc::new(after))
            })
            .await?;
        self.reload(&mut conn).await?;
        Ok(changed)
    }

    /// The first business date from which on nothing is reserved, held or confirmed.
    pub(super) async fn first_free_date(&self, branch: BranchId) -> Result<BusinessDate, SlotError> {
        let now = self.now();
        let today = self.branch_or_default(Some(branch))?.calendar.business_date(now);
        let held = self.store.held_dates(branch).await?.into_iter().max();
        let mut conn = self.pool.get().await?;
        let confirmed = reservations::last_date_in_use(&mut conn, branch, now).await?;
        Ok(held.max(confirmed).map_or(today, |last| last.next().max(today)))
    }
}

impl ConfigPatch {
    fn over(&self, before: &Branch) -> Result<Branch, SlotError> {
        if self.expected_version.is_some_and(|expected| expected != before.config_version) {
            return Err(SlotError::VersionConflict { current: before.config_version });
        }
        let mut raw = RawSlotConfig::from(before.config);
        raw.slot_minutes = self.slot_minutes.unwrap_or(raw.slot_minutes);
        raw.lead_minutes = self.lead_minutes.unwrap_or(raw.lead_minutes);
        raw.min_lead_minutes = self.min_lead_minutes.unwrap_or(raw.min_lead_minutes);
        raw.horizon_days = self.horizon_days.unwrap_or(raw.horizon_days);
        raw.max_shift_minutes = self.max_shift_minutes.unwrap_or(raw.max_shift_minutes);
        for (limit, changed) in raw.limits.iter_mut().zip(self.limits) {
            *limit = changed.unwrap_or(*limit);
        }
        let config = SlotConfig::try_from(raw)?;
        let raise = i64::from(config != before.config);
        Ok(Branch { config, config_version: before.config_version + raise, ..before.clone() })
    }

    fn grid_begins(&self, first_free: BusinessDate) -> Result<BusinessDate, SlotError> {
        match self.effective_from {
            Some(date) if date < first_free => Err(SlotError::GridInUse { first_free }),
            Some(date) => Ok(date),
            None => Ok(first_free),
        }
    }
}

fn to_json(config: &SlotConfig) -> serde_json::Value {
    json!({
        "slot_minutes": config.slot_minutes.get(),
        "limits": raw_limits(&config.limits),
        "lead_minutes": config.lead_minutes,
        "min_lead_minutes": config.min_lead_minutes,
        "horizon_days": config.horizon_days,
        "max_shift_minutes": config.max_shift_minutes,
    })
}
