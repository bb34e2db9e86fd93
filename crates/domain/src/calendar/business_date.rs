//! The business date: the day an order, a slot or a shift belongs to.

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{CalendarError, DayTime, Twice, instant_of, local_date};

/// A day of trade, from one cut-off to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BusinessDate(NaiveDate);

impl BusinessDate {
    /// The business date named after a calendar day.
    pub const fn new(day: NaiveDate) -> Self {
        Self(day)
    }

    /// The calendar day it is named after.
    pub const fn day(self) -> NaiveDate {
        self.0
    }

    /// The business date that follows.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.checked_add_days(Days::new(1)).unwrap_or(self.0))
    }
}

impl std::fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for BusinessDate {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// The local time at which one business date ends and the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutOff(DayTime);

impl CutOff {
    /// Four in the morning: nobody works then, or everybody still does.
    pub const DEFAULT: Self = Self(DayTime::from_hour(4));

    /// A cut-off between midnight and noon.
    pub fn new(time: DayTime) -> Result<Self, CalendarError> {
        if time < DayTime::from_hour(12) { Ok(Self(time)) } else { Err(CalendarError::CutOff) }
    }

    /// The local time.
    pub const fn time(self) -> DayTime {
        self.0
    }
}

/// The instant at which a business date begins.
pub fn start_of(date: BusinessDate, zone: Tz, cut_off: CutOff) -> DateTime<Utc> {
    instant_of(zone, cut_off.0.on(date.0), Twice::Earlier)
}

/// The business date that an instant belongs to.
pub fn business_date(instant: DateTime<Utc>, zone: Tz, cut_off: CutOff) -> BusinessDate {
    let today = local_date(zone, instant);
    let has_begun = |date: &BusinessDate| start_of(*date, zone, cut_off) <= instant;
    let yesterday = BusinessDate(today.checked_sub_days(Days::new(1)).unwrap_or(today));
    let candidates = [BusinessDate(today).next(), BusinessDate(today)];
    candidates.into_iter().find(has_begun).unwrap_or(yesterday)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_zone;

    fn local_business_date(zone: &str, local: &str) -> String {
        let zone = parse_zone(zone).unwrap();
        let instant = instant_of(zone, local.parse().unwrap(), Twice::Earlier);
        business_date(instant, zone, CutOff::DEFAULT).to_string()
    }

    #[test]
    fn slt_10_a_slot_before_the_cut_off_belongs_to_the_day_before() {
        let dates = ["2026-02-01T00:30:00", "2026-02-01T03:45:00", "2026-02-01T04:00:00"]
            .map(|local| local_business_date("Europe/Moscow", local));

        assert_eq!(dates, ["2026-01-31", "2026-01-31", "2026-02-01"]);
    }

    #[test]
    fn slt_9_a_cut_off_that_happens_twice_is_the_earlier_instant() {
        let berlin = parse_zone("Europe/Berlin").unwrap();
        let cut_off = CutOff::new("02:30".parse().unwrap()).unwrap();

        let start = start_of("2026-10-25".parse().unwrap(), berlin, cut_off);

        assert_eq!(start.to_rfc3339(), "2026-10-25T00:30:00+00:00");
    }

    #[test]
    fn a_cut_off_after_noon_is_refused() {
        assert!(CutOff::new("11:59".parse().unwrap()).is_ok());
        assert_eq!(CutOff::new("12:00".parse().unwrap()), Err(CalendarError::CutOff));
    }
}
