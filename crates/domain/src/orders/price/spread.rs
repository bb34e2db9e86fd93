//! A set's price over its components, so that every item has a price of its own.

use crate::money::Money;

/// Shares of a set's price in proportion to the components' own prices.
///
/// Each share is floored to the rouble; the roubles left go one by one to the largest fractions, ties by position.
/// Where all own prices are 0 the shares are equal.
pub(super) fn spread(total: Money, own: &[Money]) -> Vec<Money> {
    let total = i128::from(total.roubles());
    let mut weights: Vec<i128> = own.iter().map(|price| i128::from(price.kopecks())).collect();
    if weights.iter().all(|weight| *weight == 0) {
        weights.fill(1);
    }
    let sum: i128 = weights.iter().sum::<i128>().max(1);
    let mut shares: Vec<i128> = weights.iter().map(|weight| total * weight / sum).collect();

    let mut by_fraction: Vec<(usize, i128)> =
        weights.iter().map(|weight| total * weight % sum).enumerate().collect();
    by_fraction.sort_by_key(|(position, fraction)| (-fraction, *position));
    let left = usize::try_from(total - shares.iter().sum::<i128>()).unwrap_or(0);
    for (position, _) in by_fraction.into_iter().take(left) {
        if let Some(share) = shares.get_mut(position) {
            *share += 1;
        }
    }
    let money = |share| i64::try_from(share).ok().and_then(|roubles| Money::from_wire_roubles(roubles).ok());
    shares.into_iter().map(|share| money(share).unwrap_or(Money::ZERO)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shares(total: u32, own: &[u32]) -> Vec<i64> {
        let own: Vec<_> = own.iter().copied().map(Money::from_roubles).collect();
        spread(Money::from_roubles(total), &own).into_iter().map(Money::roubles).collect()
    }

    #[test]
    fn ord_6_a_set_price_is_spread_in_proportion() {
        assert_eq!(shares(2_000, &[549, 699, 899]), [511, 651, 838]);
    }

    #[test]
    fn ord_7_roubles_left_go_to_the_first_of_equals() {
        assert_eq!(shares(1_000, &[500, 500, 500]), [334, 333, 333]);
        assert_eq!(shares(999, &[0, 0]), [500, 499]);
    }

    proptest! {
        #[test]
        fn the_shares_of_a_set_make_its_price(
            total in 0_u32..=100_000,
            own in prop::collection::vec(0_u32..=100_000, 1..=20),
        ) {
            prop_assert_eq!(shares(total, &own).into_iter().sum::<i64>(), i64::from(total));
        }

        #[test]
        fn a_dearer_component_never_gets_the_smaller_share(
            total in 0_u32..=100_000,
            mut own in prop::collection::vec(0_u32..=100_000, 1..=20),
        ) {
            own.sort_unstable_by(|one, other| other.cmp(one));

            prop_assert!(shares(total, &own).is_sorted_by(|one, other| one >= other));
        }
    }
}
