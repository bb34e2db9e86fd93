//! The number people call out.

use std::fmt;

/// The number of an order within its branch and business date, counted from 1; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DisplayNumber(pub u32);

impl fmt::Display for DisplayNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ord_22_a_display_id_has_four_digits_at_least() {
        let ids = [1, 2, 9_999, 10_000].map(|number| DisplayNumber(number).to_string());

        assert_eq!(ids, ["0001", "0002", "9999", "10000"]);
    }
}
