//! Which hot copies this process could not write.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::ids::OrderId;

/// Beyond this many, writing every copy again costs less than remembering which.
const MOST: usize = 10_000;

/// Orders whose copies are missing or old.
#[derive(Debug, Default)]
pub struct Gaps(Mutex<Known>);

/// What is known of them.
#[derive(Debug, Default, PartialEq, Eq)]
enum Known {
    /// Any copy may be missing.
    #[default]
    Nothing,
    /// These are, and no others.
    Missing(HashSet<OrderId>),
}

impl Gaps {
    /// From now on every gap is noted.
    pub fn follow(&self) {
        *self.known() = Known::Missing(HashSet::new());
    }

    /// Forgets which copies are missing.
    pub fn lose_track(&self) {
        *self.known() = Known::Nothing;
    }

    /// Whether it is known which copies are missing.
    pub fn are_known(&self) -> bool {
        *self.known() != Known::Nothing
    }

    /// Notes orders whose copies could not be written.
    pub fn note(&self, orders: impl IntoIterator<Item = OrderId>) {
        let mut known = self.known();
        if let Known::Missing(missing) = &mut *known {
            missing.extend(orders);
            if missing.len() > MOST {
                *known = Known::Nothing;
            }
        }
    }

    /// Takes up to `most` orders whose copies are missing. Whoever cannot write them notes them again.
    pub fn take(&self, most: usize) -> Vec<OrderId> {
        match &mut *self.known() {
            Known::Nothing => Vec::new(),
            Known::Missing(missing) => {
                let taken: Vec<_> = missing.iter().copied().take(most).collect();
                for order in &taken {
                    missing.remove(order);
                }
                taken
            }
        }
    }

    /// A panic elsewhere leaves the value whole: it is changed in one step.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn orders(count: usize) -> impl Iterator<Item = OrderId> {
        (0..count).map(|number| OrderId::from_uuid(Uuid::from_u128(number as u128)))
    }

    #[test]
    fn at_first_nothing_is_known() {
        let gaps = Gaps::default();

        gaps.note(orders(1));

        assert!(!gaps.are_known());
        assert_eq!(gaps.take(10), []);
    }

    #[test]
    fn what_is_taken_is_gone_until_it_is_noted_again() {
        let gaps = Gaps::default();
        gaps.follow();
        gaps.note(orders(3));
        gaps.note(orders(2));

        let first = gaps.take(2);
        let second = gaps.take(2);

        assert_eq!((first.len(), second.len(), gaps.take(2).len()), (2, 1, 0));
        assert!(!first.contains(&second[0]));
        gaps.note(second.clone());
        assert_eq!(gaps.take(2), second);
        assert!(gaps.are_known());
    }

    #[test]
    fn of_too_many_none_is_known() {
        let gaps = Gaps::default();
        gaps.follow();

        gaps.note(orders(MOST));
        assert!(gaps.are_known());
        gaps.note(orders(MOST + 1));

        assert!(!gaps.are_known());
        gaps.follow();
        assert_eq!(gaps.take(1), []);
    }
}
