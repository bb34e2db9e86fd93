//! How full a slot is, in the words people see.

use super::{Limits, Need};

/// What a slot looks like on a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotState {
    /// Below 80 %.
    Free,
    /// 80..=89 %.
    Busy,
    /// 90..=99 %.
    Critical,
    /// 100 % or more.
    Full,
    /// Switched off by a person; orders inside stay.
    Disabled,
    /// No longer in the calendar, listed for the orders it holds.
    Closed,
}

impl SlotState {
    /// The state of a slot of the calendar with this load.
    pub const fn of_load(percent: u64) -> Self {
        match percent {
            0..80 => Self::Free,
            80..90 => Self::Busy,
            90..100 => Self::Critical,
            _ => Self::Full,
        }
    }
}

/// How much of the scarcest limited dimension is taken; dimensions limited to 0 do not count.
pub fn load_percent(load: &Need, limits: &Limits) -> u64 {
    let percent = |(dimension, limit)| {
        let limit: u64 = Option::filter(limit, |limit| *limit > 0)?;
        Some(load.get(dimension).saturating_mul(100) / limit)
    };
    limits.iter().filter_map(percent).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::SlotState::{Busy, Critical, Free, Full};
    use super::*;
    use crate::slots::Dimension;

    #[test]
    fn slt_17_a_slot_is_free_busy_critical_and_full_by_its_load() {
        let states = [7_999, 8_000, 9_000, 9_999, 10_000].map(|roubles| {
            let load = Need { roubles, ..Need::ZERO };
            SlotState::of_load(load_percent(&load, &Limits::DEFAULT))
        });

        assert_eq!(states, [Free, Busy, Critical, Critical, Full]);
    }

    #[test]
    fn the_scarcest_dimension_counts_and_a_limit_of_0_does_not() {
        let limits = Limits::DEFAULT.with(Dimension::Orders, Some(4)).with(Dimension::Deliveries, Some(0));
        let load = Need { roubles: 1_000, orders: 3, ..Need::ZERO };

        assert_eq!(load_percent(&load, &limits), 75);
        assert_eq!(load_percent(&load, &Limits::NONE), 0);
    }
}
