//! order-consumer: stores what the log has, each order and each key once, and tells of it.

use crate::state::{ORDERS, Order, State, Storing};
use crate::world::{Flaw, Saga, Step};

impl State {
    pub(crate) fn book_steps(&self, steps: &mut Vec<Step>) {
        if self.cancels_left > 0 {
            let stored = (0..ORDERS).filter(|order| self.book.orders[*order] > 0);
            steps.extend(stored.filter(|order| !self.book.cancelled.contains(order)).map(Step::Cancel));
        }
        match self.book.doing {
            Storing::Nothing => {
                if self.book.committed < self.log.len() {
                    steps.push(Step::Store);
                }
                return;
            }
            Storing::Stored { .. } => steps.push(Step::Tell),
            Storing::Told => steps.push(Step::StoreDone),
        }
        if self.crashes_left > 0 {
            steps.push(Step::CrashConsumer);
        }
    }

    /// The flawed one has only said that it read; it stores when it is done.
    pub(crate) fn store(&mut self, saga: Saga) {
        if saga.has(Flaw::CommitsBeforeStoring) {
            self.book.committed += 1;
            self.book.doing = Storing::Told;
        } else {
            self.book.doing = self.stored(saga, self.book.committed);
        }
    }

    pub(crate) fn tell(&mut self) {
        let Storing::Stored { duplicate } = self.book.doing else { return };
        self.events.extend(duplicate);
        self.book.doing = Storing::Told;
    }

    pub(crate) fn store_done(&mut self, saga: Saga) {
        if saga.has(Flaw::CommitsBeforeStoring) {
            self.stored(saga, self.book.committed - 1);
        } else {
            self.book.committed += 1;
        }
        self.book.doing = Storing::Nothing;
    }

    /// The event goes out with the cancel: the outbox keeps it until it is told.
    pub(crate) fn cancel(&mut self, order: Order) {
        self.cancels_left -= 1;
        self.book.cancelled.insert(order);
        self.events.push(order);
    }

    pub(crate) fn crash_consumer(&mut self) {
        self.crashes_left -= 1;
        self.book.doing = Storing::Nothing;
    }

    fn stored(&mut self, saga: Saga, offset: usize) -> Storing {
        let order = self.log[offset].order;
        let holder = self.has_stored(self.key_of(order));
        let is_taken = holder.is_some_and(|holder| holder != order) && !saga.has(Flaw::StoresWithoutKeys);
        if is_taken {
            return Storing::Stored { duplicate: Some(order) };
        }
        if self.book.orders[order] == 0 {
            self.book.orders[order] += 1;
        }
        Storing::Stored { duplicate: None }
    }
}
