//! What a handful of paired ratios says.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const RESAMPLES: usize = 2_000;

/// The middle value; the mean of the middle two when there is none.
pub fn median(values: &[f64]) -> f64 {
    let sorted = sorted(values);
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[odd / 2],
        even => f64::midpoint(sorted[even / 2 - 1], sorted[even / 2]),
    }
}

/// Smallest and largest.
pub fn spread(values: &[f64]) -> (f64, f64) {
    let sorted = sorted(values);
    (sorted.first().copied().unwrap_or(f64::NAN), sorted.last().copied().unwrap_or(f64::NAN))
}

/// The 95 % interval of the median, by resampling with a seed: the same values give the same interval.
pub fn interval(values: &[f64], seed: u64) -> (f64, f64) {
    if values.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let drawn: Vec<f64> =
                values.iter().map(|_| values[random.random_range(0..values.len())]).collect();
            median(&drawn)
        })
        .collect();
    let medians = sorted(&medians);
    (medians[RESAMPLES * 25 / 1_000], medians[RESAMPLES * 975 / 1_000 - 1])
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_middle_two() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn one_outlier_widens_the_interval_and_leaves_the_median() {
        let calm = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0];
        let shaken = [1.0, 1.01, 0.99, 1.0, 1.02, 0.5, 1.0];

        assert!((median(&calm) - median(&shaken)).abs() < 1e-9);
        let width = |(low, high): (f64, f64)| high - low;
        assert!(width(interval(&shaken, 1)) >= width(interval(&calm, 1)));
    }

    #[test]
    fn the_same_values_give_the_same_interval() {
        let values = [0.8, 0.9, 0.85, 0.95];

        assert_eq!(interval(&values, 7), interval(&values, 7));
        let (low, high) = interval(&values, 7);
        assert!(low <= median(&values) && median(&values) <= high);
    }
}
