//! I4: no slot holds more than it was allowed to take, orders aside that say that they were booked above a limit.

use std::collections::BTreeMap;

use domain::slots::{Dimension, Need};
use uuid::Uuid;

use crate::Verdict;
use crate::facts::Facts;
use crate::facts::limits::{LimitsBook, SlotKey};
use crate::facts::places::Places;
use crate::report::Tally;

use super::accepted_at;

pub fn check(facts: &Facts) -> Verdict {
    let mut tally = Tally::default();
    in_redis(&facts.places, &facts.limits, &mut tally);
    let mut slots: BTreeMap<SlotKey, Vec<(Uuid, Need)>> = BTreeMap::new();
    let takes_place = |state: &str| matches!(state, "confirmed" | "done");
    for place in facts.reservations.values().filter(|place| takes_place(&place.state) && !place.over) {
        let slot = (place.branch, place.slot_start.timestamp());
        slots.entry(slot).or_default().push((place.order_id, place.need));
    }
    for (slot, orders) in &slots {
        measure("PostgreSQL", *slot, orders, &facts.limits, &mut tally);
    }
    tally.into()
}

/// The part that Redis answers for.
pub fn in_redis(places: &Places, limits: &LimitsBook, tally: &mut Tally) {
    for (slot, holds) in &places.slots {
        let inside = holds.orders.iter().filter(|(_, inside)| !inside.over);
        let inside: Vec<_> = inside.map(|(order, inside)| (*order, inside.need)).collect();
        measure("Redis", *slot, &inside, limits, tally);
    }
}

/// An order that is larger than a limit has a slot of its own, see `domain::slots::Limits::admit`.
fn measure(store: &str, slot: SlotKey, orders: &[(Uuid, Need)], limits: &LimitsBook, tally: &mut Tally) {
    let Some(first) = orders.iter().map(|(order, _)| accepted_at(*order)).min() else { return };
    let limits = limits.highest(slot, first);
    let load = orders.iter().fold(Need::ZERO, |load, (_, need)| load.plus(need));
    for dimension in Dimension::ALL {
        let Some(limit) = limits.get(dimension) else { continue };
        let taken = load.get(dimension);
        let is_alone = orders.len() == 1 && limit > 0;
        tally.expect(taken <= limit || is_alone, || {
            let (branch, start) = slot;
            format!(
                "{store}: slot {start} of {branch} holds {taken} {} of at most {limit}, in {} orders",
                dimension.as_str(),
                orders.len()
            )
        });
    }
}
