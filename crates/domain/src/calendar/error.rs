//! Why a calendar is refused.

use crate::error::{ErrorKind, ServiceError};

/// A calendar that cannot be: each variant is one rule of opening hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Not in the IANA data base.
    #[error("{0:?} is not an IANA time zone")]
    UnknownZone(String),
    /// A business day may start between midnight and noon only.
    #[error("the cut-off must be within 00:00..=11:59")]
    CutOff,
    /// Not `HH:MM`.
    #[error("{0:?} is not a time of day, HH:MM within 00:00..=24:00")]
    DayTime(String),
    /// An opening time of 24:00 belongs to the next day.
    #[error("{day} opens at 24:00, which is 00:00 of the next day")]
    OpensAtMidnight {
        /// Weekday or date.
        day: String,
    },
    /// More intervals than a day may have.
    #[error("{day} has more than 6 intervals")]
    TooMany {
        /// Weekday or date.
        day: String,
    },
    /// Too short to hold a single slot.
    #[error("an interval of {day} is shorter than a slot")]
    TooShort {
        /// Weekday or date.
        day: String,
    },
    /// Two intervals share time.
    #[error("intervals of {day} overlap others")]
    Overlap {
        /// Weekday or date.
        day: String,
    },
}

impl ServiceError for CalendarError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidArgument
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::UnknownZone(_) => "TIME_ZONE_UNKNOWN",
            Self::CutOff => "CUT_OFF_INVALID",
            Self::DayTime(_)
            | Self::OpensAtMidnight { .. }
            | Self::TooMany { .. }
            | Self::TooShort { .. }
            | Self::Overlap { .. } => "OPENING_HOURS_INVALID",
        }
    }
}
