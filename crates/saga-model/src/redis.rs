//! The scripts, as far as one slot with room for one order goes.

use crate::state::{Order, Place, ROOM, Redis, Tables};

/// What the script for a slot answers.
pub(crate) enum Answer {
    Rebuilding,
    Full,
    Held(Order),
    /// The log has told of the order already.
    Settled(Order),
}

impl Redis {
    /// Orders that take room.
    pub(crate) fn load(&self) -> usize {
        self.orders.iter().filter(|place| matches!(place, Place::Held { .. } | Place::Booked { .. })).count()
    }

    /// `assign.lua`
    pub(crate) fn assign(&mut self, call: Order, key: usize) -> Answer {
        if !self.is_filled {
            return Answer::Rebuilding;
        }
        let order = self.keys[key].unwrap_or(call);
        match self.orders[order] {
            Place::Held { .. } => {
                self.orders[order] = Place::Held { is_asked: true, is_old: false };
                return Answer::Held(order);
            }
            Place::Booked { .. } | Place::Freed => return Answer::Settled(order),
            Place::Unknown | Place::GivenBack => {}
        }
        if self.load() >= ROOM {
            return Answer::Full;
        }
        self.orders[order] = Place::Held { is_asked: false, is_old: false };
        self.keys[key] = Some(order);
        Answer::Held(order)
    }

    /// `confirm.lua`; a flawed one books nothing without a hold.
    pub(crate) fn confirm(&mut self, order: Order, key: usize, books: bool) {
        if !self.is_filled {
            return;
        }
        match self.orders[order] {
            Place::Booked { .. } | Place::Freed => return,
            Place::Held { .. } => self.orders[order] = Place::Booked { over: false },
            Place::Unknown | Place::GivenBack => {
                if !books {
                    return;
                }
                self.orders[order] = Place::Booked { over: self.load() >= ROOM };
            }
        }
        self.keys[key].get_or_insert(order);
    }

    /// `free.lua`
    pub(crate) fn free(&mut self, order: Order, key: usize) {
        if self.is_filled {
            self.orders[order] = Place::Freed;
            self.keys[key].get_or_insert(order);
        }
    }

    /// `drop.lua` of a gateway: not when another call was answered with the hold.
    pub(crate) fn release(&mut self, order: Order) {
        if self.is_filled && matches!(self.orders[order], Place::Held { is_asked: false, .. }) {
            self.orders[order] = Place::GivenBack;
        }
    }

    /// `drop.lua` of the job.
    pub(crate) fn expire(&mut self, order: Order) {
        if self.is_filled && matches!(self.orders[order], Place::Held { .. }) {
            self.orders[order] = Place::GivenBack;
        }
    }

    /// `refill.rs`: orders of the log take their places, a key belongs to one that takes a place before another.
    pub(crate) fn refill(&mut self, tables: &Tables, key_of: impl Fn(Order) -> usize) {
        let live = tables.live();
        for order in &tables.freed {
            self.orders[*order] = Place::Freed;
            self.keys[key_of(*order)] = Some(*order);
        }
        for order in &live {
            self.orders[*order] = Place::Booked { over: self.load() >= ROOM };
            self.keys[key_of(*order)] = Some(*order);
        }
    }
}
