//! When a branch is open, and how its open time is cut into slots.
//!
//! Local time exists only together with a branch's zone. Intervals of opening hours are turned into instants
//! first and cut into slots afterwards, so a night with a clock change has fewer or more slots, but never a
//! missing or a doubled one. Booking and listing ask the same [`Calendar`].

mod business_date;
mod cut;
mod day_time;
mod error;
mod hours;
mod zone;

#[cfg(test)]
mod tests;

use std::fmt;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

pub use business_date::{BusinessDate, CutOff, business_date, start_of};
pub use day_time::DayTime;
pub use error::CalendarError;
pub use hours::{OpeningHours, OpeningInterval};
pub use zone::{Twice, instant_of, local_date, parse_zone};

/// How long the slots of a branch are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotMinutes(u16);

impl SlotMinutes {
    /// A quarter of an hour.
    pub const DEFAULT: Self = Self(15);

    /// The lengths a slot may have.
    pub const ALLOWED: [u16; 6] = [5, 10, 15, 20, 30, 60];

    /// A length, if slots may have it.
    pub fn new(minutes: u16) -> Option<Self> {
        Self::ALLOWED.contains(&minutes).then_some(Self(minutes))
    }

    /// Whole minutes.
    pub const fn get(self) -> u16 {
        self.0
    }

    fn duration(self) -> Duration {
        Duration::minutes(i64::from(self.0))
    }
}

/// One window of kitchen time; `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlotTime {
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// The day of trade its start belongs to.
    pub business_date: BusinessDate,
}

/// What turns the opening hours of a branch into slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The zone of the branch's wall clock.
    pub zone: Tz,
    /// When a business date begins.
    pub cut_off: CutOff,
    /// How long its slots are.
    pub slot_minutes: SlotMinutes,
}

/// A grid and the instant from which it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Era {
    from: DateTime<Utc>,
    grid: Grid,
}

/// The opening hours of one branch and the grids that cut them, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    hours: OpeningHours,
    first: Grid,
    later: Vec<Era>,
}

impl Calendar {
    /// A calendar with one grid, past and future.
    pub const fn new(hours: OpeningHours, grid: Grid) -> Self {
        Self { hours, first: grid, later: Vec::new() }
    }

    /// The same hours, cut by another grid from the start of a business date on.
    ///
    /// A grid that was to begin at that time or later is replaced.
    #[must_use]
    pub fn changing(mut self, date: BusinessDate, grid: Grid) -> Self {
        self.later.retain(|era| era.grid.start_of(date) > era.from);
        let before = self.later.last().map_or(self.first, |era| era.grid);
        self.later.push(Era { from: before.start_of(date), grid });
        self
    }

    /// The same grids under other opening hours.
    #[must_use]
    pub fn with_hours(self, hours: OpeningHours) -> Self {
        Self { hours, ..self }
    }

    /// The grid that holds at an instant.
    pub fn grid_at(&self, instant: DateTime<Utc>) -> Grid {
        let in_force = self.later.iter().rev().find(|era| era.from <= instant);
        in_force.map_or(self.first, |era| era.grid)
    }

    /// The grid that holds when all announced changes have come.
    pub fn last_grid(&self) -> Grid {
        self.later.last().map_or(self.first, |era| era.grid)
    }

    /// The business date from which on the last announced zone and cut-off hold; `None`: since ever.
    pub fn last_clock_change(&self) -> Option<BusinessDate> {
        let before = std::iter::once(self.first).chain(self.later.iter().map(|era| era.grid));
        let changes = before.zip(&self.later).filter(|(before, era)| !before.has_clock_of(era.grid));
        let dates = changes.map(|(before, era)| business_date(era.from, before.zone, before.cut_off));
        dates.last()
    }

    /// The branch's opening hours.
    pub const fn hours(&self) -> &OpeningHours {
        &self.hours
    }

    /// The business date that an instant belongs to.
    pub fn business_date(&self, instant: DateTime<Utc>) -> BusinessDate {
        let grid = self.grid_at(instant);
        business_date(instant, grid.zone, grid.cut_off)
    }

    /// The instant at which a business date begins.
    pub fn start_of(&self, date: BusinessDate) -> DateTime<Utc> {
        let changed = self.later.iter().rev().find(|era| era.grid.start_of(date) >= era.from);
        changed.map_or(self.first, |era| era.grid).start_of(date)
    }

    /// The slots that start within `[from, to)`, in time order, worked out one day at a time.
    pub fn slots(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> impl Iterator<Item = SlotTime> + '_ {
        self.eras().flat_map(move |(grid, begins, ends)| {
            cut::slots(&self.hours, grid, begins..ends, from.max(begins)..to.min(ends))
        })
    }

    /// The slots that start within `[from, to)` as a list.
    pub fn slots_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<SlotTime> {
        self.slots(from, to).collect()
    }

    /// The slot that starts at an instant, if there is one.
    pub fn slot_at(&self, start: DateTime<Utc>) -> Option<SlotTime> {
        self.slots(start, start + Duration::seconds(1)).next()
    }

    fn eras(&self) -> impl Iterator<Item = (Grid, DateTime<Utc>, DateTime<Utc>)> + '_ {
        let begins = std::iter::once(DateTime::<Utc>::MIN_UTC).chain(self.later.iter().map(|era| era.from));
        let ends = self.later.iter().map(|era| era.from).chain(std::iter::once(DateTime::<Utc>::MAX_UTC));
        let grids = std::iter::once(self.first).chain(self.later.iter().map(|era| era.grid));
        grids.zip(begins).zip(ends).map(|((grid, begin), end)| (grid, begin, end))
    }
}

impl Grid {
    fn has_clock_of(self, other: Self) -> bool {
        (self.zone, self.cut_off) == (other.zone, other.cut_off)
    }

    /// The instant at which a business date begins under this grid.
    pub fn start_of(&self, date: BusinessDate) -> DateTime<Utc> {
        start_of(date, self.zone, self.cut_off)
    }
}

impl fmt::Display for SlotMinutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
