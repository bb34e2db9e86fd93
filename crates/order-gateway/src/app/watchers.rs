//! How many watch one order: so few that one caller cannot take the places of all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use domain::ids::OrderId;

/// The phones of a family, and the streams of each that have not noticed yet that their phone is gone.
const MOST_OF_ONE: usize = 8;

/// Who watches: orders with the number of their watchers.
#[derive(Clone, Default)]
pub(super) struct Watchers(Arc<Mutex<HashMap<OrderId, usize>>>);

/// One who watches an order, until it is dropped.
pub(super) struct Watcher {
    order_id: OrderId,
    of: Watchers,
}

impl Watchers {
    /// One more of this order, unless there are enough.
    pub(super) fn add(&self, order_id: OrderId) -> Option<Watcher> {
        let mut orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let watchers = orders.entry(order_id).or_default();
        if *watchers >= MOST_OF_ONE {
            return None;
        }
        *watchers += 1;
        Some(Watcher { order_id, of: self.clone() })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut orders = self.of.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut watchers) = orders.entry(self.order_id) {
            *watchers.get_mut() -= 1;
            if *watchers.get() == 0 {
                watchers.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_order_has_eight_watchers_and_nothing_is_kept_of_those_who_have_gone() {
        let watchers = Watchers::default();
        let [one, other] = [1, 2].map(|id| OrderId::from_uuid(Uuid::from_u128(id)));

        let mut present: Vec<_> = (0..8).map(|_| watchers.add(one).unwrap()).collect();
        assert!(watchers.add(one).is_none());
        assert!(watchers.add(other).is_some());
        present.pop();
        assert!(watchers.add(one).is_some());

        drop(present);
        assert!(watchers.0.lock().unwrap().is_empty());
    }
}
