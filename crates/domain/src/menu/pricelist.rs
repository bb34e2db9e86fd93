//! Prices in time and place: the branch's row beats the chain's, the latest valid row wins.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::ids::{BranchId, ExtraId, ProductId, SetId};
use crate::money::Money;

/// What a price is the price of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceSubject {
    /// A product.
    Product(ProductId),
    /// An extra.
    Extra(ExtraId),
    /// A set.
    Set(SetId),
}

/// One row of the price list; rows are added, never edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Of what.
    pub subject: PriceSubject,
    /// Where; absent: in the whole chain.
    pub branch: Option<BranchId>,
    /// Whole roubles, at most [`Price::MAX`].
    pub amount: Money,
    /// From when on.
    pub valid_from: DateTime<Utc>,
}

impl Price {
    /// The highest sale price, fee or surcharge.
    pub const MAX: Money = Money::from_roubles(100_000);

    /// Whether an amount can be a sale price: whole roubles, not above [`Price::MAX`].
    pub fn is_valid(amount: Money) -> bool {
        amount.is_whole_roubles() && amount <= Self::MAX
    }
}

/// The rows by subject and place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PriceList(HashMap<(PriceSubject, Option<BranchId>), Vec<Row>>);

/// From when on which amount.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    valid_from: DateTime<Utc>,
    amount: Money,
}

impl PriceList {
    pub(super) fn new(prices: &[Price]) -> Self {
        let mut rows: HashMap<_, Vec<_>> = HashMap::new();
        for price in prices {
            let row = Row { valid_from: price.valid_from, amount: price.amount };
            rows.entry((price.subject, price.branch)).or_default().push(row);
        }
        Self(rows)
    }

    pub(super) fn price_of(
        &self,
        subject: PriceSubject,
        branch: BranchId,
        at: DateTime<Utc>,
    ) -> Option<Money> {
        let in_force = |place| {
            let rows = self.0.get(&(subject, place))?.iter();
            rows.filter(|row| row.valid_from <= at).max_by_key(|row| row.valid_from).map(|row| row.amount)
        };
        in_force(Some(branch)).or_else(|| in_force(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const A: BranchId = BranchId::from_uuid(Uuid::from_u128(0xA));
    const B: BranchId = BranchId::from_uuid(Uuid::from_u128(0xB));
    const PIZZA: PriceSubject = PriceSubject::Product(ProductId::from_uuid(Uuid::from_u128(1)));

    fn row(branch: Option<BranchId>, roubles: u32, from: &str) -> Price {
        let amount = Money::from_roubles(roubles);
        Price { subject: PIZZA, branch, amount, valid_from: from.parse().unwrap() }
    }

    #[test]
    fn mnu_1_a_new_price_holds_from_its_instant_on() {
        let list =
            PriceList::new(&[row(None, 599, "2026-02-01T15:00:00Z"), row(None, 549, "2026-01-01T00:00:00Z")]);
        let at = |instant: &str| list.price_of(PIZZA, A, instant.parse().unwrap());

        assert_eq!(at("2026-02-01T14:59:59.999Z"), Some(Money::from_roubles(549)));
        assert_eq!(at("2026-02-01T15:00:00Z"), Some(Money::from_roubles(599)));
        assert_eq!(at("2025-12-31T23:59:59Z"), None);
    }

    #[test]
    fn mnu_2_a_branch_price_beats_the_chain_price() {
        let list = PriceList::new(&[
            row(Some(A), 579, "2026-01-01T00:00:00Z"),
            row(None, 549, "2026-01-02T00:00:00Z"),
        ]);
        let at = |branch| list.price_of(PIZZA, branch, "2026-02-01T00:00:00Z".parse().unwrap());

        assert_eq!(at(A), Some(Money::from_roubles(579)));
        assert_eq!(at(B), Some(Money::from_roubles(549)));
    }
}
