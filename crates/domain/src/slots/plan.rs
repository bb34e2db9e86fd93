//! The sales plan of a slot: a target, not a limit.

/// Roubles a slot should bring by delivery and by pickup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// By delivery.
    pub delivery: u64,
    /// By pickup.
    pub pickup: u64,
}

impl Plan {
    /// The plan nobody has set: 85 % of the capacity by delivery, rounded down, and the rest by pickup.
    pub const fn default_for(limit_roubles: u64) -> Self {
        let delivery = limit_roubles.saturating_mul(85) / 100;
        Self { delivery, pickup: limit_roubles - delivery }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slt_16_a_plan_that_nobody_set_is_85_percent_delivery_and_the_rest_pickup() {
        assert_eq!(Plan::default_for(10_000), Plan { delivery: 8_500, pickup: 1_500 });
        assert_eq!(Plan::default_for(9_999), Plan { delivery: 8_499, pickup: 1_500 });
    }
}
