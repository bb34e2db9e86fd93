//! What an order takes of a slot, dimension by dimension.

use crate::error::Faults;

/// One kind of capacity a slot has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Goods before discount and fee, in whole roubles.
    Roubles,
    /// Number of orders.
    Orders,
    /// Units of items that have a kitchen route.
    Units,
    /// Seconds of handwork: stages of the route, oven left out, times quantity.
    WorkSeconds,
    /// Places in the oven, times quantity.
    OvenPlaces,
    /// Orders that a courier takes away.
    Deliveries,
}

impl Dimension {
    /// Every dimension, in the order in which they are listed everywhere.
    pub const ALL: [Self; 6] =
        [Self::Roubles, Self::Orders, Self::Units, Self::WorkSeconds, Self::OvenPlaces, Self::Deliveries];

    /// The name used in settings, records and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Roubles => "roubles",
            Self::Orders => "orders",
            Self::Units => "units",
            Self::WorkSeconds => "work_seconds",
            Self::OvenPlaces => "oven_places",
            Self::Deliveries => "deliveries",
        }
    }
}

/// What one order takes of its slot; summed up, the load of a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Goods before discount and fee, in whole roubles.
    pub roubles: u64,
    /// 1 for an order.
    pub orders: u64,
    /// Units of items that have a kitchen route.
    pub units: u64,
    /// Sum of route seconds times quantity, oven stages left out.
    pub work_seconds: u64,
    /// Sum of oven places times quantity.
    pub oven_places: u64,
    /// 1 for delivery, 0 for pickup.
    pub deliveries: u64,
}

impl Need {
    /// Nothing taken: the load of an empty slot.
    pub const ZERO: Self =
        Self { roubles: 0, orders: 0, units: 0, work_seconds: 0, oven_places: 0, deliveries: 0 };

    /// The largest amount an order may ask for in any dimension.
    pub const MAX: u64 = 1_000_000_000;

    /// The amount in one dimension.
    pub const fn get(&self, dimension: Dimension) -> u64 {
        match dimension {
            Dimension::Roubles => self.roubles,
            Dimension::Orders => self.orders,
            Dimension::Units => self.units,
            Dimension::WorkSeconds => self.work_seconds,
            Dimension::OvenPlaces => self.oven_places,
            Dimension::Deliveries => self.deliveries,
        }
    }

    /// Builds a need by asking for each dimension's amount.
    pub fn from_fn(mut amount: impl FnMut(Dimension) -> u64) -> Self {
        Self {
            roubles: amount(Dimension::Roubles),
            orders: amount(Dimension::Orders),
            units: amount(Dimension::Units),
            work_seconds: amount(Dimension::WorkSeconds),
            oven_places: amount(Dimension::OvenPlaces),
            deliveries: amount(Dimension::Deliveries),
        }
    }

    /// The sum in every dimension.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self::from_fn(|dimension| self.get(dimension).saturating_add(other.get(dimension)))
    }

    /// Every dimension whose amount is beyond [`Need::MAX`].
    pub fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        for dimension in Dimension::ALL {
            if self.get(dimension) > Self::MAX {
                let field = format!("need.{}", dimension.as_str());
                faults.invalid(field, "NEED_INVALID", "must be within 0..=1000000000");
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ServiceError;

    #[test]
    fn an_amount_beyond_the_largest_is_refused_by_its_dimension() {
        let most = Need { units: Need::MAX, ..Need::ZERO };
        let more = Need { units: Need::MAX + 1, ..Need::ZERO };

        assert!(most.faults().is_empty());
        let refused = more.faults().into_result().unwrap_err();
        assert_eq!(refused.reason(), "NEED_INVALID");
        assert_eq!(refused.violations()[0].field, "need.units");
    }

    #[test]
    fn the_load_of_a_slot_is_the_sum_of_its_needs() {
        let one = Need { roubles: 1_496, orders: 1, units: 2, ..Need::ZERO };

        let load = one.plus(&one);

        assert_eq!(load, Need { roubles: 2_992, orders: 2, units: 4, ..Need::ZERO });
    }
}
