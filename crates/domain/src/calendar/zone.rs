//! A local time exists only together with a zone: how it becomes an instant.

use chrono::{DateTime, Duration, MappedLocalTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::CalendarError;

/// The longest gap a zone has ever made is a whole day, and an hour more is tried; clock changes happen on whole
/// minutes.
const LONGEST_GAP_MINUTES: i64 = 25 * 60;

/// Which instant a local time means that happens twice in a night when clocks go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twice {
    /// The first of the two: openings and cut-offs.
    Earlier,
    /// The second of the two: closing times.
    Later,
}

/// Reads an IANA zone name such as `Europe/Moscow`.
pub fn parse_zone(name: &str) -> Result<Tz, CalendarError> {
    name.parse().map_err(|_| CalendarError::UnknownZone(name.to_owned()))
}

/// The instant of a local time; one that a clock change skips means the first instant after the gap.
pub fn instant_of(zone: Tz, local: NaiveDateTime, twice: Twice) -> DateTime<Utc> {
    for skipped in 0..=LONGEST_GAP_MINUTES {
        match zone.from_local_datetime(&(local + Duration::minutes(skipped))) {
            MappedLocalTime::Single(only) => return only.to_utc(),
            MappedLocalTime::Ambiguous(earlier, later) => {
                let meant = if twice == Twice::Earlier || skipped > 0 { earlier } else { later };
                return meant.to_utc();
            }
            MappedLocalTime::None => {}
        }
    }
    local.and_utc()
}

/// The calendar day that a clock on the branch's wall shows.
pub fn local_date(zone: Tz, instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&zone).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_skipped_local_time_means_the_first_instant_after_the_gap() {
        let berlin = parse_zone("Europe/Berlin").unwrap();

        let opening = instant_of(berlin, local("2026-03-29T02:30:00"), Twice::Earlier);
        let closing = instant_of(berlin, local("2026-03-29T02:30:00"), Twice::Later);

        assert_eq!(opening.to_rfc3339(), "2026-03-29T01:00:00+00:00");
        assert_eq!(closing, opening);
    }

    #[test]
    fn a_day_that_a_zone_leaves_out_means_the_start_of_the_next() {
        let apia = parse_zone("Pacific/Apia").unwrap();

        for skipped in ["2011-12-30T00:00:00", "2011-12-30T09:00:00"] {
            let skipped = instant_of(apia, local(skipped), Twice::Earlier);

            assert_eq!(skipped.to_rfc3339(), "2011-12-30T10:00:00+00:00");
        }
    }

    #[test]
    fn a_local_time_that_happens_twice_is_the_earlier_one_except_for_closing() {
        let berlin = parse_zone("Europe/Berlin").unwrap();

        let opening = instant_of(berlin, local("2026-10-25T02:30:00"), Twice::Earlier);
        let closing = instant_of(berlin, local("2026-10-25T02:30:00"), Twice::Later);

        assert_eq!(opening.to_rfc3339(), "2026-10-25T00:30:00+00:00");
        assert_eq!(closing.to_rfc3339(), "2026-10-25T01:30:00+00:00");
    }

    #[test]
    fn an_unknown_zone_is_refused_by_name() {
        assert_eq!(parse_zone("Mars/Base"), Err(CalendarError::UnknownZone("Mars/Base".to_owned())));
    }
}
