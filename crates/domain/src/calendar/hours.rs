//! Opening hours: weekly intervals in local time, and the dates that differ.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};

use super::{CalendarError, DayTime, SlotMinutes};

const DAY: u16 = 24 * 60;
const WEEK: u16 = 7 * DAY;
const MOST_PER_DAY: usize = 6;
const WEEK_DAYS: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// One stretch of open time; a close at or before the opening is on the next calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpeningInterval {
    open: DayTime,
    close: DayTime,
}

impl OpeningInterval {
    /// An interval; 23:59 as a close means 24:00, as people write it.
    pub fn new(open: DayTime, close: DayTime) -> Self {
        let close = if close.minutes() == DAY - 1 { DayTime::END } else { close };
        Self { open, close }
    }

    /// When it opens, local time.
    pub const fn open(self) -> DayTime {
        self.open
    }

    /// When it closes, local time.
    pub const fn close(self) -> DayTime {
        self.close
    }

    /// Whether it closes on the calendar day after the one it opens on.
    pub fn closes_next_day(self) -> bool {
        self.close <= self.open
    }

    /// Minutes on the clock from opening to closing, on a day without a clock change.
    pub fn minutes(self) -> u16 {
        let over_midnight = if self.closes_next_day() { DAY } else { 0 };
        (self.close.minutes() + over_midnight).saturating_sub(self.open.minutes())
    }
}

/// When a branch is open: its week, and the dates on which other intervals open, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpeningHours {
    weekly: [Vec<OpeningInterval>; 7],
    exceptions: BTreeMap<NaiveDate, Vec<OpeningInterval>>,
}

impl OpeningHours {
    /// The same interval every day of the week.
    pub fn daily(open: DayTime, close: DayTime) -> Self {
        let interval = OpeningInterval::new(open, close);
        Self { weekly: std::array::from_fn(|_| vec![interval]), exceptions: BTreeMap::new() }
    }

    /// Hours as given by people; [`OpeningHours::validated`] says whether they can be.
    pub fn new(
        weekly: impl IntoIterator<Item = (Weekday, OpeningInterval)>,
        exceptions: impl IntoIterator<Item = (NaiveDate, Vec<OpeningInterval>)>,
    ) -> Self {
        let mut hours = Self { weekly: Default::default(), exceptions: exceptions.into_iter().collect() };
        for (weekday, interval) in weekly {
            if let Some(day) = hours.weekly.get_mut(weekday.num_days_from_monday() as usize) {
                day.push(interval);
            }
        }
        hours.weekly.iter_mut().chain(hours.exceptions.values_mut()).for_each(|day| day.sort_unstable());
        hours
    }

    /// Passes hours on in which every day is possible and no two intervals of a week overlap.
    pub fn validated(self, slot: SlotMinutes) -> Result<Self, CalendarError> {
        for (weekday, day) in self.days_of_week() {
            check_day(day, slot, || weekday.to_string())?;
        }
        for (date, day) in &self.exceptions {
            check_day(day, slot, || date.to_string())?;
            let spans: Vec<_> = day.iter().map(|open| (open.open.minutes(), open.minutes())).collect();
            check_overlap(&spans, None, |_| date.to_string())?;
        }
        self.check_week()?;
        Ok(self)
    }

    /// The intervals that open on a calendar day, in time order.
    pub fn opening_on(&self, date: NaiveDate) -> &[OpeningInterval] {
        let weekday = date.weekday().num_days_from_monday() as usize;
        match self.exceptions.get(&date) {
            Some(intervals) => intervals,
            None => self.weekly.get(weekday).map_or(&[], Vec::as_slice),
        }
    }

    /// Every weekday with its intervals, from Monday on.
    pub fn days_of_week(&self) -> impl Iterator<Item = (Weekday, &[OpeningInterval])> {
        WEEK_DAYS.into_iter().zip(self.weekly.iter().map(Vec::as_slice))
    }

    /// The dates whose intervals differ from the week's; no interval means closed.
    pub fn exceptions(&self) -> impl Iterator<Item = (NaiveDate, &[OpeningInterval])> {
        self.exceptions.iter().map(|(date, day)| (*date, day.as_slice()))
    }

    fn check_week(&self) -> Result<(), CalendarError> {
        let mut spans = Vec::new();
        for (index, day) in (0_u16..).zip(&self.weekly) {
            spans.extend(day.iter().map(|open| (index * DAY + open.open.minutes(), open.minutes())));
        }
        check_overlap(&spans, Some(WEEK), |start| {
            WEEK_DAYS.get(usize::from(start / DAY)).map_or_else(String::new, ToString::to_string)
        })
    }
}

fn check_day(
    day: &[OpeningInterval],
    slot: SlotMinutes,
    name: impl Fn() -> String,
) -> Result<(), CalendarError> {
    if day.len() > MOST_PER_DAY {
        return Err(CalendarError::TooMany { day: name() });
    }
    if day.iter().any(|interval| interval.open == DayTime::END) {
        return Err(CalendarError::OpensAtMidnight { day: name() });
    }
    if day.iter().any(|interval| interval.minutes() < slot.get()) {
        return Err(CalendarError::TooShort { day: name() });
    }
    Ok(())
}

/// Spans are (start, length) in minutes and sorted by start; with a `cycle` the last one meets the first.
fn check_overlap(
    spans: &[(u16, u16)],
    cycle: Option<u16>,
    name: impl Fn(u16) -> String,
) -> Result<(), CalendarError> {
    let first = spans.first().map(|(start, length)| (start + cycle.unwrap_or(0), *length));
    let following = spans.iter().copied().skip(1).chain(first.filter(|_| cycle.is_some()));
    for ((start, length), (next, _)) in spans.iter().copied().zip(following) {
        if start + length > next {
            return Err(CalendarError::Overlap { day: name(start) });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(open: &str, close: &str) -> OpeningInterval {
        OpeningInterval::new(open.parse().unwrap(), close.parse().unwrap())
    }

    fn week(days: &[(Weekday, &str, &str)]) -> Result<OpeningHours, CalendarError> {
        let weekly = days.iter().map(|(day, open, close)| (*day, interval(open, close)));
        OpeningHours::new(weekly, []).validated(SlotMinutes::DEFAULT)
    }

    #[test]
    fn a_close_at_or_before_the_opening_is_on_the_next_day() {
        assert_eq!(interval("18:00", "04:00").minutes(), 600);
        assert_eq!(interval("10:00", "10:00").minutes(), 1_440);
        assert_eq!(interval("00:00", "00:00").minutes(), 1_440);
        assert_eq!(interval("00:00", "23:59").minutes(), 1_440);
    }

    #[test]
    fn exceptions_are_told_as_they_were_given() {
        let (holiday, short): (NaiveDate, NaiveDate) =
            ("2026-01-01".parse().unwrap(), "2026-12-31".parse().unwrap());
        let exceptions = [(short, vec![interval("10:00", "16:00")]), (holiday, Vec::new())];

        let hours = OpeningHours::new([], exceptions);

        let told: Vec<_> = hours.exceptions().map(|(date, open)| (date, open.to_vec())).collect();
        assert_eq!(told, [(holiday, Vec::new()), (short, vec![interval("10:00", "16:00")])]);
    }

    #[test]
    fn intervals_that_touch_are_fine() {
        assert!(week(&[(Weekday::Mon, "10:00", "14:00"), (Weekday::Mon, "14:00", "22:00")]).is_ok());
        assert!(OpeningHours::daily(DayTime::MIDNIGHT, DayTime::END).validated(SlotMinutes::DEFAULT).is_ok());
    }

    #[test]
    fn overlapping_intervals_are_refused_over_midnight_and_over_the_end_of_the_week() {
        let one_day = week(&[(Weekday::Mon, "10:00", "14:00"), (Weekday::Mon, "13:00", "22:00")]);
        let two_days = week(&[(Weekday::Mon, "18:00", "04:00"), (Weekday::Tue, "03:00", "12:00")]);
        let two_weeks = week(&[(Weekday::Mon, "01:00", "12:00"), (Weekday::Sun, "18:00", "02:00")]);

        assert_eq!(one_day, Err(CalendarError::Overlap { day: "Mon".to_owned() }));
        assert_eq!(two_days, Err(CalendarError::Overlap { day: "Mon".to_owned() }));
        assert_eq!(two_weeks, Err(CalendarError::Overlap { day: "Sun".to_owned() }));
    }

    #[test]
    fn an_interval_shorter_than_a_slot_is_refused() {
        let one_slot = week(&[(Weekday::Fri, "10:00", "10:15")]);
        let short = week(&[(Weekday::Fri, "10:00", "10:14")]);

        assert!(one_slot.is_ok());
        assert_eq!(short, Err(CalendarError::TooShort { day: "Fri".to_owned() }));
    }

    #[test]
    fn a_day_has_six_intervals_at_most() {
        let hourly = ["01", "03", "05", "07", "09", "11", "13"].map(|hour| {
            let open = format!("{hour}:00");
            (Weekday::Wed, interval(&open, &format!("{hour}:30")))
        });
        let six = OpeningHours::new(hourly.into_iter().take(6), []);
        let seven = OpeningHours::new(hourly, []);

        assert!(six.validated(SlotMinutes::DEFAULT).is_ok());
        let too_many = CalendarError::TooMany { day: "Wed".to_owned() };
        assert_eq!(seven.validated(SlotMinutes::DEFAULT), Err(too_many));
    }

    #[test]
    fn an_exception_replaces_the_intervals_that_open_on_its_date() {
        let holiday: NaiveDate = "2026-03-08".parse().unwrap();
        let weekly = WEEK_DAYS.map(|day| (day, interval("10:00", "22:00")));
        let hours = OpeningHours::new(weekly, [(holiday, vec![])]);

        assert_eq!(hours.opening_on(holiday), []);
        assert_eq!(hours.opening_on(holiday.succ_opt().unwrap()), [interval("10:00", "22:00")]);
    }
}
