//! The slot settings of a branch, and when an order may be cooked under them.

use std::ops::{Range, RangeInclusive};

use chrono::{DateTime, Duration, Utc};

use super::limits::{MOST_LIMIT, MOST_ROUBLES};
use super::{Dimension, Limits};
use crate::calendar::SlotMinutes;
use crate::error::{ErrorKind, Faults, Refused, ServiceError};

const INVALID: &str = "SLOT_CONFIG_INVALID";

/// Slot settings of a branch; one that exists is within its ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotConfig {
    /// How long a slot is.
    pub slot_minutes: SlotMinutes,
    /// What a slot takes; roubles are always limited.
    pub limits: Limits,
    /// How long before its slot the kitchen sees an order.
    pub lead_minutes: u16,
    /// How soon a slot may start at the earliest, counted from the order.
    pub min_lead_minutes: u16,
    /// How many days ahead orders are taken.
    pub horizon_days: u16,
    /// How much later than the first candidate an order may be put, if that is limited.
    pub max_shift_minutes: Option<u16>,
}

/// Slot settings as people or rows give them: any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawSlotConfig {
    /// See [`SlotConfig::slot_minutes`].
    pub slot_minutes: i64,
    /// See [`SlotConfig::limits`].
    pub limits: RawLimits,
    /// See [`SlotConfig::lead_minutes`].
    pub lead_minutes: i64,
    /// See [`SlotConfig::min_lead_minutes`].
    pub min_lead_minutes: i64,
    /// See [`SlotConfig::horizon_days`].
    pub horizon_days: i64,
    /// See [`SlotConfig::max_shift_minutes`].
    pub max_shift_minutes: Option<i64>,
}

/// Limits as people or rows give them, in the order of [`Dimension::ALL`].
pub type RawLimits = [Option<i64>; 6];

/// A preferred time that no order may have yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("orders are taken {horizon_days} days ahead at most")]
pub struct PreferredTimeTooFar {
    /// The branch's horizon.
    pub horizon_days: u16,
}

impl ServiceError for PreferredTimeTooFar {
    fn kind(&self) -> ErrorKind {
        ErrorKind::OutOfRange
    }

    fn reason(&self) -> &'static str {
        "PREFERRED_TIME_TOO_FAR"
    }
}

impl SlotConfig {
    /// A branch that nobody has set up.
    pub const DEFAULT: Self = Self {
        slot_minutes: SlotMinutes::DEFAULT,
        limits: Limits::DEFAULT,
        lead_minutes: 30,
        min_lead_minutes: 0,
        horizon_days: 7,
        max_shift_minutes: None,
    };

    /// Where the slot of an order may start: after now, not before it is asked for, within the horizon.
    pub fn window(
        &self,
        now: DateTime<Utc>,
        preferred: Option<DateTime<Utc>>,
    ) -> Result<Range<DateTime<Utc>>, PreferredTimeTooFar> {
        let until = now + Duration::days(i64::from(self.horizon_days));
        let after_now = now + Duration::nanoseconds(1);
        let earliest = now + Duration::minutes(i64::from(self.min_lead_minutes));
        let asked = preferred.unwrap_or(now);
        if asked > until {
            return Err(PreferredTimeTooFar { horizon_days: self.horizon_days });
        }
        Ok(after_now.max(earliest).max(asked)..until)
    }

    /// When the kitchen sees an order whose slot starts at `start`.
    pub fn visible_at(&self, now: DateTime<Utc>, start: DateTime<Utc>) -> DateTime<Utc> {
        now.max(start - Duration::minutes(i64::from(self.lead_minutes)))
    }
}

impl From<SlotConfig> for RawSlotConfig {
    fn from(config: SlotConfig) -> Self {
        Self {
            slot_minutes: i64::from(config.slot_minutes.get()),
            limits: raw_limits(&config.limits),
            lead_minutes: i64::from(config.lead_minutes),
            min_lead_minutes: i64::from(config.min_lead_minutes),
            horizon_days: i64::from(config.horizon_days),
            max_shift_minutes: config.max_shift_minutes.map(i64::from),
        }
    }
}

impl TryFrom<RawSlotConfig> for SlotConfig {
    type Error = Refused;

    fn try_from(raw: RawSlotConfig) -> Result<Self, Self::Error> {
        let mut faults = Faults::new();
        let slot_minutes = u16::try_from(raw.slot_minutes).ok().and_then(SlotMinutes::new);
        if slot_minutes.is_none() {
            faults.invalid("slot_duration_minutes", INVALID, "must be 5, 10, 15, 20, 30 or 60");
        }
        let limits = check_limits(&raw.limits, &mut faults);
        if limits.get(Dimension::Roubles).is_none() {
            faults.invalid("limit_roubles", INVALID, "must be given");
        }
        let config = Self {
            slot_minutes: slot_minutes.unwrap_or(SlotMinutes::DEFAULT),
            limits,
            lead_minutes: within(raw.lead_minutes, 0..=240, "lead_minutes", &mut faults),
            min_lead_minutes: within(raw.min_lead_minutes, 0..=240, "min_lead_minutes", &mut faults),
            horizon_days: within(raw.horizon_days, 1..=30, "horizon_days", &mut faults),
            max_shift_minutes: raw
                .max_shift_minutes
                .map(|shift| within(shift, 0..=10_080, "max_shift_minutes", &mut faults)),
        };
        faults.into_result().map(|()| config)
    }
}

/// Reads the limits of one slot, refusing every one that is out of range.
pub fn parse_limits(raw: &RawLimits) -> Result<Limits, Refused> {
    let mut faults = Faults::new();
    let limits = check_limits(raw, &mut faults);
    faults.into_result().map(|()| limits)
}

/// The bare numbers of limits, for rows and wires.
pub fn raw_limits(limits: &Limits) -> RawLimits {
    Dimension::ALL.map(|dimension| limits.get(dimension).and_then(|limit| i64::try_from(limit).ok()))
}

fn check_limits(raw: &RawLimits, faults: &mut Faults) -> Limits {
    let mut limits = Limits::NONE;
    for (dimension, given) in Dimension::ALL.into_iter().zip(raw) {
        let range = if dimension == Dimension::Roubles { 1..=MOST_ROUBLES } else { 0..=MOST_LIMIT };
        let field = format!("limit_{}", dimension.as_str());
        let limit = given.map(|given| within(given, range, &field, faults));
        limits = limits.with(dimension, limit);
    }
    limits
}

/// The number, or the low end of its range and a fault noted.
fn within<T>(given: i64, range: RangeInclusive<T>, field: &str, faults: &mut Faults) -> T
where
    T: TryFrom<i64> + PartialOrd + Copy + std::fmt::Display,
{
    match T::try_from(given) {
        Ok(number) if range.contains(&number) => number,
        _ => {
            let description = format!("must be within {}..={}", range.start(), range.end());
            faults.invalid(field, INVALID, description);
            *range.start()
        }
    }
}

#[cfg(test)]
mod tests;
