//! Everything that there is: what each part remembers, and what is on its way.

use std::collections::BTreeSet;

use crate::world::{Bounds, Keys};

/// How many clients call; each has a gateway to itself.
pub(crate) const CLIENTS: usize = 2;
/// Each call mints an order.
pub(crate) const ORDERS: usize = 4;
/// Orders that a slot takes.
pub(crate) const ROOM: usize = 1;

/// An order, named like the call that minted it.
pub(crate) type Order = usize;

/// The whole world.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub(crate) keys: [usize; CLIENTS],
    pub(crate) clients: [Client; CLIENTS],
    /// Records that the broker has and the log has not.
    pub(crate) flying: BTreeSet<Record>,
    pub(crate) log: Vec<Record>,
    /// Orders that were told to be cancelled, or duplicates.
    pub(crate) events: Vec<Order>,
    pub(crate) book: Book,
    pub(crate) scheduler: Scheduler,
    pub(crate) tables: Tables,
    pub(crate) redis: Redis,
    pub(crate) crashes_left: u8,
    pub(crate) losses_left: u8,
    pub(crate) cancels_left: u8,
}

/// One client and the gateway that works for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client {
    pub(crate) calls_left: u8,
    pub(crate) work: Work,
    pub(crate) heard: Heard,
    /// Calls that were told that they place no order.
    pub(crate) refused: BTreeSet<Order>,
}

/// What a client knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Heard {
    /// Nothing for certain: it may call again.
    Nothing,
    Placed(Order),
    SlotsFull,
}

/// What a gateway does for its client; `call` names the order that the call has minted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Work {
    Idle,
    Asking { call: Order },
    Holding { call: Order, order: Order },
    Sent { call: Order, order: Order, is_on_log: bool },
    Releasing { call: Order, is_certain: bool },
}

/// One copy of an order, and the call that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Record {
    pub(crate) order: Order,
    pub(crate) call: Order,
}

/// order-consumer and its tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Book {
    pub(crate) committed: usize,
    pub(crate) doing: Storing,
    /// How often each order is stored.
    pub(crate) orders: [u8; ORDERS],
    pub(crate) cancelled: BTreeSet<Order>,
}

/// What order-consumer does with the record at its offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Storing {
    #[default]
    Nothing,
    Stored {
        duplicate: Option<Order>,
    },
    Told,
}

/// slot-scheduler's reader and jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Scheduler {
    pub(crate) committed: Ends,
    pub(crate) doing: Reading,
    pub(crate) expiring: Expiring,
    pub(crate) rebuild_from: Option<Ends>,
}

/// A place in both topics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ends {
    pub(crate) log: usize,
    pub(crate) events: usize,
}

/// What the reader does with the record at its offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Reading {
    #[default]
    Nothing,
    /// In the tables, not in Redis; the lock is held.
    Written {
        order: Order,
        is_event: bool,
    },
    Settled {
        is_event: bool,
    },
}

/// What the job that ends holds does; a hold that was made young again since it asked is not due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Expiring {
    #[default]
    Nothing,
    Asked {
        order: Order,
        ends: Ends,
        is_due: bool,
    },
    Decided {
        order: Order,
        is_due: bool,
    },
}

/// slot-scheduler's tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Tables {
    pub(crate) reached: Ends,
    pub(crate) placed: BTreeSet<Order>,
    pub(crate) freed: BTreeSet<Order>,
}

impl Tables {
    pub(crate) fn know(&self, order: Order) -> bool {
        self.placed.contains(&order) || self.freed.contains(&order)
    }

    pub(crate) fn have_read(&self, ends: Ends) -> bool {
        self.reached.log >= ends.log && self.reached.events >= ends.events
    }

    pub(crate) fn live(&self) -> BTreeSet<Order> {
        self.placed.difference(&self.freed).copied().collect()
    }
}

/// What Redis remembers of the branch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Redis {
    pub(crate) is_filled: bool,
    pub(crate) orders: [Place; ORDERS],
    /// The order of each key.
    pub(crate) keys: [Option<Order>; CLIENTS],
}

/// Where an order stands; a held or booked one takes the room of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    #[default]
    Unknown,
    Held {
        is_asked: bool,
        is_old: bool,
    },
    Booked {
        over: bool,
    },
    /// Released or expired: it may come again.
    GivenBack,
    Freed,
}

impl State {
    pub(crate) fn first(bounds: Bounds) -> Self {
        let client = |calls_left| Client {
            calls_left,
            work: Work::Idle,
            heard: Heard::Nothing,
            refused: BTreeSet::new(),
        };
        let keys = match bounds.keys {
            Keys::Own => [0, 1],
            Keys::Shared => [0, 0],
        };
        Self {
            keys,
            clients: bounds.calls.map(client),
            flying: BTreeSet::new(),
            log: Vec::new(),
            events: Vec::new(),
            book: Book::default(),
            scheduler: Scheduler::default(),
            tables: Tables::default(),
            redis: Redis { is_filled: true, ..Redis::default() },
            crashes_left: bounds.crashes,
            losses_left: bounds.losses,
            cancels_left: bounds.cancels,
        }
    }

    /// The key of an order: that of the client whose call has minted it.
    pub(crate) fn key_of(&self, order: Order) -> usize {
        self.keys[order % CLIENTS]
    }

    pub(crate) fn ends(&self) -> Ends {
        Ends { log: self.log.len(), events: self.events.len() }
    }

    /// Whether an order of a key is stored.
    pub(crate) fn has_stored(&self, key: usize) -> Option<Order> {
        (0..ORDERS).find(|order| self.book.orders[*order] > 0 && self.key_of(*order) == key)
    }
}
