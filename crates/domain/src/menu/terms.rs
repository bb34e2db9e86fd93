//! Branches as the menu knows them: their names and commercial terms.

use crate::ids::{BranchId, ZoneId};
use crate::money::Money;

/// A branch that sells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuBranch {
    /// Whose terms these are.
    pub id: BranchId,
    /// Short code for people, such as `MAIN`.
    pub code: String,
    /// Name for customers.
    pub name: String,
    /// IANA name of the zone of its wall clock.
    pub time_zone: String,
    /// Whether it takes orders.
    pub active: bool,
    /// Whether orders without a branch go here; at most one branch.
    pub is_default: bool,
    /// At what terms it sells.
    pub terms: Terms,
}

/// The commercial terms of a branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// How two halves make one price.
    pub half_price_rule: HalfPriceRule,
    /// Where it delivers; none means everywhere, free of charge.
    pub zones: Vec<DeliveryZone>,
    /// The zone of orders that name none.
    pub default_zone: Option<ZoneId>,
}

/// How two halves make one price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HalfPriceRule {
    /// The dearer half's price.
    #[default]
    Max,
    /// The mean of both, rounded up to a whole rouble.
    Average,
}

/// An area with its own delivery terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryZone {
    /// Which zone.
    pub id: ZoneId,
    /// Name for people.
    pub name: String,
    /// What a delivery costs.
    pub fee: Money,
    /// Least net goods of an order.
    pub minimum: Money,
    /// Net goods from which the delivery is free; absent: never.
    pub free_from: Option<Money>,
    /// How much longer a delivery takes.
    pub extra_minutes: u32,
}

/// Why a branch may not become like that: the chain keeps one default branch, and that one is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefaultLost {
    /// Nobody would be the default one any more.
    #[error("stays set until another branch becomes the default one")]
    NoDefault,
    /// The default one would take no orders.
    #[error("must be set for the default branch")]
    Inactive,
}

impl MenuBranch {
    /// Whether the chain still has an active default branch when this takes the place of `before`.
    pub fn keeps_default(&self, before: Option<&Self>) -> Result<(), DefaultLost> {
        match before {
            _ if self.is_default && !self.active => Err(DefaultLost::Inactive),
            Some(before) if before.is_default && !self.is_default => Err(DefaultLost::NoDefault),
            _ => Ok(()),
        }
    }
}

impl HalfPriceRule {
    /// The name on wires and in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Max => "max",
            Self::Average => "average",
        }
    }

    /// The rule of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Max, Self::Average].into_iter().find(|rule| rule.as_str() == name)
    }

    /// The price of a product of two halves.
    pub fn price(self, left: Money, right: Money) -> Option<Money> {
        match self {
            Self::Max => Some(left.max(right)),
            Self::Average => left.checked_add(right).map(Money::half_up_to_rouble),
        }
    }
}

impl Terms {
    /// The zone an order is delivered to: the one it names, else the default one.
    ///
    /// `Ok(None)` where a branch has no zones; an error when the order names a zone that the branch does not have.
    pub fn zone(&self, named: Option<ZoneId>) -> Result<Option<&DeliveryZone>, UnknownZone> {
        match named {
            Some(id) => self.zones.iter().find(|zone| zone.id == id).map(Some).ok_or(UnknownZone),
            None => Ok(self.zones.iter().find(|zone| Some(zone.id) == self.default_zone)),
        }
    }
}

/// A zone that the branch does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no delivery zone of the branch")]
pub struct UnknownZone;

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn zone(number: u128) -> DeliveryZone {
        DeliveryZone {
            id: ZoneId::from_uuid(Uuid::from_u128(number)),
            name: String::new(),
            fee: Money::ZERO,
            minimum: Money::ZERO,
            free_from: None,
            extra_minutes: 0,
        }
    }

    #[test]
    fn an_order_goes_to_the_zone_it_names_else_to_the_default_one() {
        let (near, far, unknown) = (zone(1), zone(2), zone(3));
        let default_zone = Some(far.id);
        let zones = vec![near.clone(), far.clone()];
        let terms = Terms { half_price_rule: HalfPriceRule::Max, zones, default_zone };

        assert_eq!(terms.zone(Some(near.id)), Ok(Some(&near)));
        assert_eq!(terms.zone(None), Ok(Some(&far)));
        assert_eq!(terms.zone(Some(unknown.id)), Err(UnknownZone));
        assert_eq!(Terms { default_zone: None, ..terms }.zone(None), Ok(None));
    }

    #[test]
    fn the_default_branch_is_active_and_only_another_one_takes_its_place() {
        let branch = |is_default, active| MenuBranch {
            id: BranchId::MAIN,
            code: String::new(),
            name: String::new(),
            time_zone: String::new(),
            active,
            is_default,
            terms: Terms::default(),
        };
        let (default, other) = (branch(true, true), branch(false, true));
        let closed = [branch(false, false), branch(true, false)];

        for before in [None, Some(&other), Some(&default), Some(&closed[0]), Some(&closed[1])] {
            assert_eq!(default.keeps_default(before), Ok(()));
            assert_eq!(closed[1].keeps_default(before), Err(DefaultLost::Inactive));
        }
        for after in [&other, &closed[0]] {
            assert_eq!(after.keeps_default(None), Ok(()));
            assert_eq!(after.keeps_default(Some(&other)), Ok(()));
            assert_eq!(after.keeps_default(Some(&default)), Err(DefaultLost::NoDefault));
        }
    }

    #[test]
    fn ord_4_halves_cost_the_dearer_one_or_the_mean_rounded_up() {
        let rub = Money::from_roubles;

        assert_eq!(HalfPriceRule::Max.price(rub(549), rub(699)), Some(rub(699)));
        assert_eq!(HalfPriceRule::Average.price(rub(549), rub(650)), Some(rub(600)));
    }

    #[test]
    fn rules_keep_their_names_on_wires() {
        let rules = [HalfPriceRule::Max, HalfPriceRule::Average];

        assert_eq!(rules.map(HalfPriceRule::as_str), ["max", "average"]);
        assert_eq!(HalfPriceRule::parse("average"), Some(HalfPriceRule::Average));
    }
}
