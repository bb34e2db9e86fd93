//! Money: whole kopecks, never a float.

use serde::{Deserialize, Serialize};

/// An amount in kopecks (RUB minor units), zero or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Money(i64);

/// Why a number is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMoney {
    /// Below zero.
    #[error("is negative")]
    Negative,
    /// Sale prices are whole roubles, so that the v1 wire stays exact.
    #[error("is not a whole number of roubles")]
    Kopecks,
    /// Beyond what 64 bits hold.
    #[error("is too large")]
    TooLarge,
}

impl Money {
    /// Nothing to pay.
    pub const ZERO: Self = Self(0);

    /// An amount of whole roubles; a product of two 32-bit numbers always fits.
    pub const fn from_roubles(roubles: u32) -> Self {
        Self(roubles as i64 * 100)
    }

    /// An amount of whole roubles as the v1 wire carries it.
    pub fn from_wire_roubles(roubles: i64) -> Result<Self, NotMoney> {
        Self::try_from(roubles.checked_mul(100).ok_or(NotMoney::TooLarge)?)
    }

    /// Kopecks.
    pub const fn kopecks(self) -> i64 {
        self.0
    }

    /// Whole roubles, rounded down; exact for every sale price.
    pub const fn roubles(self) -> i64 {
        self.0 / 100
    }

    /// Whether the amount has no kopecks.
    pub const fn is_whole_roubles(self) -> bool {
        self.0 % 100 == 0
    }

    /// The sum, unless it leaves the range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it falls below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).filter(|left| *left >= 0).map(Self)
    }

    /// The product, unless it leaves the range.
    pub fn checked_mul(self, times: u32) -> Option<Self> {
        self.0.checked_mul(i64::from(times)).map(Self)
    }

    /// Half of the amount, rounded up to a whole rouble.
    #[must_use]
    pub const fn half_up_to_rouble(self) -> Self {
        Self((self.0 + 199) / 200 * 100)
    }
}

impl TryFrom<i64> for Money {
    type Error = NotMoney;

    fn try_from(kopecks: i64) -> Result<Self, Self::Error> {
        if kopecks < 0 { Err(NotMoney::Negative) } else { Ok(Self(kopecks)) }
    }
}

impl From<Money> for i64 {
    fn from(money: Money) -> Self {
        money.0
    }
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02} RUB", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_an_odd_price_is_rounded_up_to_a_rouble() {
        assert_eq!(Money::from_roubles(199).half_up_to_rouble(), Money::from_roubles(100));
        assert_eq!(Money::from_roubles(200).half_up_to_rouble(), Money::from_roubles(100));
        assert_eq!(Money::ZERO.half_up_to_rouble(), Money::ZERO);
    }

    #[test]
    fn an_amount_below_zero_does_not_exist() {
        assert_eq!(Money::try_from(-1), Err(NotMoney::Negative));
        assert_eq!(Money::try_from(0), Ok(Money::ZERO));
        assert_eq!(Money::from_roubles(1).checked_sub(Money::from_roubles(2)), None);
    }

    #[test]
    fn what_was_read_as_kopecks_is_written_as_kopecks() {
        let money = Money::try_from(19_950).unwrap();

        assert_eq!((i64::from(money), money.to_string().as_str()), (19_950, "199.50 RUB"));
    }
}
