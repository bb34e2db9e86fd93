//! What must hold: always, or once everything is quiet.

use std::collections::BTreeSet;

use stateright::Property;

use crate::state::{Expiring, Heard, ORDERS, Order, Place, ROOM, Reading, State, Storing, Work};
use crate::world::{Bounds, Keys, Saga};

/// The properties of a world, and sights that show that it is not empty.
pub(crate) fn all(bounds: Bounds) -> Vec<Property<Saga>> {
    let mut all = vec![
        Property::always("I1 no acknowledged order is lost", |_, state: &State| {
            state.keeps_what_was_placed()
        }),
        Property::always("I2 no order is stored twice", |_, state: &State| state.stores_once()),
        Property::always("I3 a refused call writes no order", |_, state: &State| {
            state.writes_nothing_refused()
        }),
        Property::always("I4 no slot is filled above its room", |_, state: &State| state.keeps_to_the_room()),
        Property::always("I5 what is quiet agrees", |_, state: &State| !state.is_quiet() || state.agrees()),
        Property::sometimes("everything comes to rest", |_, state: &State| state.is_quiet()),
        Property::sometimes("an order is placed", |_, state: &State| state.has_heard_placed()),
    ];
    if bounds.losses == 0 {
        // what is in flight while Redis forgets is booked when it comes, and marked
        all.push(Property::always("I4 no order comes too late", |_, state: &State| state.overs() == 0));
    }
    if bounds.keys == Keys::Own {
        all.push(Property::sometimes("a slot is full", |_, state: &State| state.has_heard_full()));
    }
    if bounds.keys == Keys::Shared && bounds.losses > 0 {
        all.push(Property::sometimes("a key's second order is a duplicate", |_, state: &State| {
            state.has_turned_away()
        }));
    }
    all
}

impl State {
    /// Nothing is on its way and everybody has read everything; holds have ended or are confirmed.
    fn is_quiet(&self) -> bool {
        let no_holds = !self.redis.orders.iter().any(|place| matches!(place, Place::Held { .. }));
        let has_read = self.scheduler.committed == self.ends() && self.book.committed == self.log.len();
        let rests = self.scheduler.doing == Reading::Nothing
            && self.scheduler.expiring == Expiring::Nothing
            && self.scheduler.rebuild_from.is_none()
            && self.book.doing == Storing::Nothing;
        let no_calls = self.clients.iter().all(|client| client.work == Work::Idle) && self.flying.is_empty();
        self.redis.is_filled && no_holds && has_read && rests && no_calls
    }

    fn keeps_what_was_placed(&self) -> bool {
        let is_quiet = self.is_quiet();
        self.placed().all(|order| {
            let is_stored = self.has_stored(self.key_of(order)).is_some();
            let is_on_log = self.log.iter().any(|record| record.order == order);
            is_stored || (is_on_log && !is_quiet)
        })
    }

    fn stores_once(&self) -> bool {
        let stored: Vec<Order> = (0..ORDERS).filter(|order| self.book.orders[*order] > 0).collect();
        let keys: BTreeSet<usize> = stored.iter().map(|order| self.key_of(*order)).collect();
        self.book.orders.iter().all(|times| *times <= 1) && keys.len() == stored.len()
    }

    fn writes_nothing_refused(&self) -> bool {
        let refused = |call: Order| self.clients.iter().any(|client| client.refused.contains(&call));
        !self.log.iter().chain(&self.flying).any(|record| refused(record.call))
    }

    fn keeps_to_the_room(&self) -> bool {
        self.redis.load() - self.overs() <= ROOM
    }

    /// Redis, slot-scheduler's tables and order-consumer's tables hold the same orders.
    fn agrees(&self) -> bool {
        let is_booked = |order: &Order| matches!(self.redis.orders[*order], Place::Booked { .. });
        let booked: BTreeSet<Order> = (0..ORDERS).filter(is_booked).collect();
        let is_live = |order: &Order| self.book.orders[*order] > 0 && !self.book.cancelled.contains(order);
        let live: BTreeSet<Order> = (0..ORDERS).filter(is_live).collect();
        booked == live && self.tables.live() == live
    }

    fn overs(&self) -> usize {
        self.redis.orders.iter().filter(|place| **place == Place::Booked { over: true }).count()
    }

    fn has_heard_placed(&self) -> bool {
        self.placed().next().is_some()
    }

    fn has_heard_full(&self) -> bool {
        self.clients.iter().any(|client| client.heard == Heard::SlotsFull)
    }

    fn has_turned_away(&self) -> bool {
        self.events.iter().any(|order| self.book.orders[*order] == 0)
    }

    fn placed(&self) -> impl Iterator<Item = Order> {
        self.clients.iter().filter_map(|client| match client.heard {
            Heard::Placed(order) => Some(order),
            Heard::Nothing | Heard::SlotsFull => None,
        })
    }
}
