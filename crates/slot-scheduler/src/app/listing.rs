//! Slots as people see them: load, state, plan, orders inside.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use domain::calendar::SlotTime;
use domain::ids::BranchId;
use domain::slots::{Dimension, Limits, Plan, SlotId, SlotState, load_percent};
use domain::{ErrorKind, Refused};

use super::{SlotError, Slots};
use crate::storage::redis::SlotLoad;
use crate::storage::{Branch, reservations};

/// The longest stretch that is listed at once.
const LONGEST: Duration = Duration::days(31);

/// Which slots are asked for.
#[derive(Clone, Copy, Debug)]
pub struct ListSlots {
    /// Whose slots; absent: the default branch's.
    pub branch: Option<BranchId>,
    /// From when on; absent: the start of the current business date.
    pub from: Option<DateTime<Utc>>,
    /// Until when; absent: the end of the business date of `from`.
    pub to: Option<DateTime<Utc>>,
    /// Only slots that start later, for the next page.
    pub after: Option<DateTime<Utc>>,
    /// How many.
    pub page_size: usize,
}

/// A page of slots.
#[derive(Clone, Debug, Default)]
pub struct SlotPage {
    /// In time order.
    pub slots: Vec<SlotView>,
    /// Where the next page goes on, if there is one.
    pub next_after: Option<DateTime<Utc>>,
}

/// One slot as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotView {
    /// Its id.
    pub id: SlotId,
    /// When it is.
    pub time: SlotTime,
    /// What it takes.
    pub limits: Limits,
    /// What it holds.
    pub holds: SlotLoad,
    /// How full it is.
    pub percent: u64,
    /// The same in a word.
    pub state: SlotState,
    /// What it should bring.
    pub plan: Plan,
}

impl SlotView {
    pub(super) fn new(branch: &Branch, time: SlotTime, is_in_calendar: bool, holds: SlotLoad) -> Self {
        let limits = branch.config.limits.overridden_by(&holds.own_limits);
        let percent = load_percent(&holds.load, &limits);
        let state = match (is_in_calendar, holds.disabled) {
            (false, _) => SlotState::Closed,
            (true, true) => SlotState::Disabled,
            (true, false) => SlotState::of_load(percent),
        };
        let plan = Plan::default_for(limits.get(Dimension::Roubles).unwrap_or(0));
        Self { id: SlotId::new(branch.id, time.start), time, limits, holds, percent, state, plan }
    }
}

impl Slots {
    /// Slots of a branch: every slot that can be booked, and those that hold orders and cannot any more.
    pub async fn list_slots(&self, query: ListSlots) -> Result<SlotPage, SlotError> {
        let branch = self.branch_or_default(query.branch)?;
        let (from, to) = self.range(&branch, &query)?;
        let mut slots: BTreeMap<DateTime<Utc>, (SlotTime, bool)> = BTreeMap::new();
        let mut conn = self.pool.get().await?;
        for time in reservations::slots_in_use(&mut conn, branch.id, from, to).await? {
            slots.insert(time.start, (time, false));
        }
        drop(conn);
        slots.extend(branch.calendar.slots(from, to).map(|time| (time.start, (time, true))));

        let is_after = |start: &DateTime<Utc>| query.after.is_none_or(|after| *start > after);
        let wanted: Vec<_> =
            slots.into_values().filter(|(time, _)| is_after(&time.start)).take(query.page_size + 1).collect();
        let page = wanted.get(..query.page_size).unwrap_or(&wanted);
        let starts: Vec<_> = page.iter().map(|(time, _)| time.start).collect();
        let loads = self.store.look(branch.id, &starts).await?;
        let next_after = starts.last().copied().filter(|_| wanted.len() > page.len());
        let slots = page.iter().zip(loads);
        let slots =
            slots.map(|((time, listed), holds)| SlotView::new(&branch, *time, *listed, holds)).collect();
        Ok(SlotPage { slots, next_after })
    }

    fn range(&self, branch: &Branch, query: &ListSlots) -> Result<(DateTime<Utc>, DateTime<Utc>), SlotError> {
        let calendar = &branch.calendar;
        let from = query.from.unwrap_or_else(|| calendar.start_of(calendar.business_date(self.now())));
        let to = query.to.unwrap_or_else(|| calendar.start_of(calendar.business_date(from).next()));
        if from <= to && to - from <= LONGEST {
            return Ok((from, to));
        }
        let description = "must be at or after `from`, at most 31 days later";
        Err(Refused::one(ErrorKind::InvalidArgument, "to", "RANGE_INVALID", description).into())
    }
}
