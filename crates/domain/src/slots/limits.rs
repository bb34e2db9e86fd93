//! How much a slot takes, and whether an order fits.

use super::{Dimension, Need};

/// The largest limit of any dimension other than roubles.
pub const MOST_LIMIT: u64 = 1_000_000;

/// The largest limit in roubles.
pub const MOST_ROUBLES: u64 = 10_000_000;

/// What a slot takes in each dimension; `None` means as much as comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits([Option<u64>; 6]);

impl Limits {
    /// A branch that nobody has set up: 10 000 roubles a slot.
    pub const DEFAULT: Self = Self([Some(10_000), None, None, None, None, None]);

    /// No limit at all, or an override that changes nothing.
    pub const NONE: Self = Self([None; 6]);

    /// Builds limits by asking for each dimension's.
    pub fn from_fn(limit: impl FnMut(Dimension) -> Option<u64>) -> Self {
        Self(Dimension::ALL.map(limit))
    }

    /// The limit in one dimension.
    pub fn get(&self, dimension: Dimension) -> Option<u64> {
        self.iter().find(|(each, _)| *each == dimension).and_then(|(_, limit)| limit)
    }

    /// These limits with one of them changed.
    #[must_use]
    pub fn with(&self, dimension: Dimension, limit: Option<u64>) -> Self {
        Self::from_fn(|each| if each == dimension { limit } else { self.get(each) })
    }

    /// Every dimension with its limit.
    pub fn iter(&self) -> impl Iterator<Item = (Dimension, Option<u64>)> {
        Dimension::ALL.into_iter().zip(self.0)
    }

    /// The limits of a slot: its override where it has one, else the branch's.
    #[must_use]
    pub fn overridden_by(&self, slot: &Self) -> Self {
        Self::from_fn(|dimension| slot.get(dimension).or_else(|| self.get(dimension)))
    }

    /// Whether an order goes into a slot with this load.
    ///
    /// An order larger than a limit above 0 goes into a slot of its own, and only there.
    pub fn admit(&self, need: &Need, load: &Need, slot_is_empty: bool) -> bool {
        self.iter().all(|(dimension, limit)| {
            let needed = need.get(dimension);
            match limit {
                None => true,
                Some(limit) if limit > 0 && needed > limit => slot_is_empty,
                Some(limit) => load.get(dimension).saturating_add(needed) <= limit,
            }
        })
    }

    /// Whether a load is above a limit, as an order that came late may make it.
    pub fn are_passed_by(&self, load: &Need) -> bool {
        self.iter().any(|(dimension, limit)| limit.is_some_and(|limit| load.get(dimension) > limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limits = Limits::DEFAULT;

    fn roubles(roubles: u64) -> Need {
        Need { roubles, orders: 1, ..Need::ZERO }
    }

    #[test]
    fn slt_2_an_order_fits_up_to_the_limit_and_not_a_rouble_further() {
        assert!(LIMIT.admit(&roubles(500), &roubles(9_500), false));
        assert!(!LIMIT.admit(&roubles(501), &roubles(9_500), false));
    }

    #[test]
    fn slt_3_an_order_above_the_limit_gets_an_empty_slot_for_itself() {
        assert!(!LIMIT.admit(&roubles(12_000), &roubles(1), false));
        assert!(LIMIT.admit(&roubles(12_000), &Need::ZERO, true));
        assert!(!LIMIT.admit(&roubles(1), &roubles(12_000), false));
        assert!(!LIMIT.admit(&roubles(12_000), &Need::ZERO, false));
    }

    #[test]
    fn slt_15_every_limited_dimension_must_have_room() {
        let limits = LIMIT.with(Dimension::OvenPlaces, Some(8));
        let load = Need { roubles: 2_000, oven_places: 7, ..Need::ZERO };
        let need = Need { roubles: 1_200, oven_places: 2, ..Need::ZERO };

        assert!(!limits.admit(&need, &load, false));
        assert!(limits.admit(&need, &Need { oven_places: 6, ..load }, false));
    }

    #[test]
    fn a_limit_of_0_admits_no_order_that_needs_the_dimension() {
        let no_deliveries = LIMIT.with(Dimension::Deliveries, Some(0));

        assert!(!no_deliveries.admit(&Need { deliveries: 1, ..roubles(500) }, &Need::ZERO, true));
        assert!(no_deliveries.admit(&roubles(500), &Need::ZERO, true));
    }

    #[test]
    fn an_override_wins_over_the_branch() {
        let slot = Limits::NONE.with(Dimension::Orders, Some(3));

        let limits = LIMIT.overridden_by(&slot);

        assert_eq!(limits.get(Dimension::Roubles), Some(10_000));
        assert_eq!(limits.get(Dimension::Orders), Some(3));
    }

    #[test]
    fn an_order_as_large_as_the_limit_needs_no_slot_of_its_own() {
        assert!(LIMIT.admit(&roubles(10_000), &Need { orders: 1, ..Need::ZERO }, false));
    }

    #[test]
    fn a_load_passes_a_limit_only_above_it() {
        assert!(!LIMIT.are_passed_by(&roubles(9_999)));
        assert!(!LIMIT.are_passed_by(&roubles(10_000)));
        assert!(LIMIT.are_passed_by(&roubles(10_001)));
    }
}
