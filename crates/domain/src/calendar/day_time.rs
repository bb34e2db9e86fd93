//! A time on the clock of a branch's wall.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};

use super::CalendarError;

const DAY: u16 = 24 * 60;

/// Minutes since local midnight, 00:00 to 24:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayTime(u16);

impl DayTime {
    /// 00:00.
    pub const MIDNIGHT: Self = Self(0);

    /// 24:00, the end of the day.
    pub const END: Self = Self(DAY);

    /// A whole hour; beyond 24 it is 24:00.
    pub const fn from_hour(hour: u8) -> Self {
        match hour {
            0..24 => Self(hour as u16 * 60),
            _ => Self::END,
        }
    }

    /// A time of day from minutes since midnight.
    pub fn from_minutes(minutes: u16) -> Option<Self> {
        (minutes <= DAY).then_some(Self(minutes))
    }

    /// Minutes since midnight.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// The local time on a calendar day; 24:00 is midnight of the next.
    pub fn on(self, day: NaiveDate) -> NaiveDateTime {
        let seconds = u32::from(self.0) * 60;
        match NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0) {
            Some(time) => day.and_time(time),
            None => day.checked_add_days(Days::new(1)).unwrap_or(day).and_time(NaiveTime::MIN),
        }
    }
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for DayTime {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (hour, minute) = text.split_once(':')?;
            let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            if !digits(hour) || !digits(minute) {
                return None;
            }
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            if minute < 60 { Self::from_minutes(hour * 60 + minute) } else { None }
        };
        parse().ok_or_else(|| CalendarError::DayTime(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_from_midnight_to_midnight_are_read() {
        assert_eq!("00:00".parse(), Ok(DayTime::MIDNIGHT));
        assert_eq!("24:00".parse(), Ok(DayTime::END));
        assert_eq!("09:45".parse::<DayTime>().unwrap().to_string(), "09:45");
    }

    #[test]
    fn what_no_clock_shows_is_refused() {
        for text in ["24:01", "12:60", "9:45", "1234", "", "ab:cd", "+1:00"] {
            assert_eq!(text.parse::<DayTime>(), Err(CalendarError::DayTime(text.to_owned())));
        }
    }
}
