//! Small conversions that several tables share.

use chrono::NaiveDate;
use domain::slots::Need;

/// A number of the domain as a column holds it.
pub(super) fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A column as the domain counts.
pub(super) fn amount(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

pub(super) fn need([roubles, orders, units, work_seconds, oven_places, deliveries]: [i64; 6]) -> Need {
    Need {
        roubles: amount(roubles),
        orders: amount(orders),
        units: amount(units),
        work_seconds: amount(work_seconds),
        oven_places: amount(oven_places),
        deliveries: amount(deliveries),
    }
}

/// The first grid of a branch has held since before any order.
pub(super) const SINCE_EVER: NaiveDate = match NaiveDate::from_ymd_opt(1, 1, 1) {
    Some(date) => date,
    None => NaiveDate::MIN,
};
