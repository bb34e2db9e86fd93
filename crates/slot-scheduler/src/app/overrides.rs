//! Settings of a single slot: closed for new orders, or with limits of its own.

use chrono::{DateTime, Duration, Utc};
use domain::calendar::SlotTime;
use domain::slots::{Limits, SlotId, raw_limits};
use serde_json::json;
use store::Transactional as _;

use super::listing::SlotView;
use super::ports::Change;
use super::{SlotError, Slots};
use crate::storage::lock::MemoryLock;
use crate::storage::{Branch, Override, overrides, reservations};

/// How often settings are sent again before their next turn, while people keep changing them.
const MOST_READINGS: usize = 5;

/// What people set for a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotSetting {
    /// Whether it is closed for new orders; orders inside stay.
    Disabled(bool),
    /// Its own limits; the branch's where absent.
    Limits(Limits),
}

impl Slots {
    /// Changes one setting of a slot that has not ended.
    pub async fn set_slot(
        &self,
        slot: SlotId,
        setting: SlotSetting,
        actor: &str,
    ) -> Result<SlotView, SlotError> {
        let branch = self.branch(slot.branch, SlotError::SlotNotFound)?;
        let (time, is_in_calendar) = self.find_slot(&branch, slot).await?;
        if time.end <= self.now() {
            return Err(SlotError::SlotPast);
        }
        let mut looked = self.store.look(branch.id, &[time.start]).await?;
        let mut holds = looked.pop().unwrap_or_default();

        // A rebuild that has read the tables before this change must not undo it in Redis.
        let mut lock = MemoryLock::default();
        let conn = lock.shared(&self.pool).await?;
        let (set, view) = conn
            .transaction::<_, SlotError, _>(async |conn| {
                let set = setting.over(overrides::take(conn, branch.id, &unset(time)).await?);
                overrides::save(conn, branch.id, &set).await?;
                (holds.disabled, holds.own_limits) = (set.disabled, set.limits);
                let view = SlotView::new(&branch, time, is_in_calendar, holds);
                self.keep(conn, actor, setting.action(), setting.to_json(), Change::Slot(&view)).await?;
                Ok((set, view))
            })
            .await?;
        self.store.set_override(branch.id, &set, self.now()).await?;
        lock.release().await?;
        Ok(view)
    }

    /// Tells Redis again what is set for slots that have not ended: it may have been away when it was told.
    pub async fn resend_overrides(&self) -> Result<(), SlotError> {
        let now = self.now();
        let mut lock = MemoryLock::default();
        let conn = lock.shared(&self.pool).await?;
        let mut sent = Vec::new();
        // A change that was made since the tables were read may have been overwritten just now.
        for _ in 0..MOST_READINGS {
            let wanted = overrides::all_ending_after(conn, now).await?;
            if wanted == sent {
                break;
            }
            self.store.set_overrides(&wanted, now).await?;
            sent = wanted;
        }
        Ok(lock.release().await?)
    }

    async fn find_slot(&self, branch: &Branch, slot: SlotId) -> Result<(SlotTime, bool), SlotError> {
        if let Some(time) = branch.calendar.slot_at(slot.start()) {
            return Ok((time, true));
        }
        let start: DateTime<Utc> = slot.start();
        let mut conn = self.pool.get().await?;
        let in_use =
            reservations::slots_in_use(&mut conn, branch.id, start, start + Duration::seconds(1)).await?;
        in_use.into_iter().next().map(|time| (time, false)).ok_or(SlotError::SlotNotFound)
    }
}

impl SlotSetting {
    const fn action(self) -> &'static str {
        match self {
            Self::Disabled(_) => "slot.disabled",
            Self::Limits(_) => "slot.capacity",
        }
    }

    fn over(self, before: Override) -> Override {
        match self {
            Self::Disabled(disabled) => Override { disabled, ..before },
            Self::Limits(limits) => Override { limits, ..before },
        }
    }

    fn to_json(self) -> serde_json::Value {
        match self {
            Self::Disabled(disabled) => json!({ "disabled": disabled }),
            Self::Limits(limits) => json!({ "limits": raw_limits(&limits) }),
        }
    }
}

const fn unset(time: SlotTime) -> Override {
    Override { slot_start: time.start, slot_end: time.end, disabled: false, limits: Limits::NONE }
}
