//! Intervals of opening hours become instants, instants become slots.

use std::ops::Range;

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::{Grid, OpeningHours, OpeningInterval, SlotTime, Twice, business_date, instant_of, local_date};

/// An interval opens on one calendar day and may close on the next; one day more covers every zone.
const DAYS_BACK: u64 = 2;

/// The slots of one grid that start within `wanted`; the grid itself holds during `era` only.
pub(super) fn slots(
    hours: &OpeningHours,
    grid: Grid,
    era: Range<DateTime<Utc>>,
    wanted: Range<DateTime<Utc>>,
) -> impl Iterator<Item = SlotTime> + '_ {
    let first = back(local_date(grid.zone, wanted.start), DAYS_BACK);
    let until = wanted.end;
    first
        .iter_days()
        .take_while(move |day| opens(grid, *day) < until)
        .flat_map(move |day| open_time(hours, grid, day))
        .flat_map(move |open| cut(grid, open.start.max(era.start)..open.end.min(era.end)))
        .filter(move |slot| wanted.contains(&slot.start))
}

/// The stretches that open on `day`; where two meet, the later one starts where the earlier ends.
fn open_time(hours: &OpeningHours, grid: Grid, day: NaiveDate) -> Vec<Range<DateTime<Utc>>> {
    let eve = back(day, 1);
    let mut taken = hours.opening_on(eve).iter().map(|interval| stretch(grid, eve, *interval).end).max();
    let mut open = Vec::new();
    for interval in hours.opening_on(day) {
        let whole = stretch(grid, day, *interval);
        let start = taken.map_or(whole.start, |end| whole.start.max(end));
        taken = Some(start.max(whole.end));
        open.push(start..whole.end);
    }
    open
}

fn stretch(grid: Grid, day: NaiveDate, interval: OpeningInterval) -> Range<DateTime<Utc>> {
    let closing_day = if interval.closes_next_day() { day.succ_opt().unwrap_or(day) } else { day };
    let open = instant_of(grid.zone, interval.open().on(day), Twice::Earlier);
    open..instant_of(grid.zone, interval.close().on(closing_day), Twice::Later)
}

/// A rest shorter than a slot is no slot.
fn cut(grid: Grid, open: Range<DateTime<Utc>>) -> impl Iterator<Item = SlotTime> {
    let length = grid.slot_minutes.duration();
    let starts = std::iter::successors(Some(open.start), move |start| Some(*start + length));
    starts.take_while(move |start| *start + length <= open.end).map(move |start| SlotTime {
        start,
        end: start + length,
        business_date: business_date(start, grid.zone, grid.cut_off),
    })
}

fn opens(grid: Grid, day: NaiveDate) -> DateTime<Utc> {
    instant_of(grid.zone, day.and_time(chrono::NaiveTime::MIN), Twice::Earlier)
}

fn back(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}
