//! slot-scheduler: its reader of the log, the job that ends holds and the one that fills Redis again.

use crate::state::{Expiring, ORDERS, Order, Place, Reading, Redis, Scheduler, State};
use crate::world::{Flaw, Saga, Step};

impl State {
    pub(crate) fn scheduler_steps(&self, steps: &mut Vec<Step>) {
        let Scheduler { committed, doing, expiring, rebuild_from } = self.scheduler;
        match doing {
            Reading::Nothing => {
                if committed.log < self.log.len() {
                    steps.push(Step::Read);
                }
                if committed.events < self.events.len() {
                    steps.push(Step::ReadEvent);
                }
            }
            Reading::Written { .. } => steps.push(Step::Settle),
            Reading::Settled { .. } => steps.push(Step::ReadDone),
        }
        for order in 0..ORDERS {
            match self.redis.orders[order] {
                Place::Held { is_old: false, .. } if !self.is_on_its_way(order) => {
                    steps.push(Step::Age(order));
                }
                Place::Held { is_old: true, .. } if expiring == Expiring::Nothing => {
                    steps.push(Step::ExpireAsk(order));
                }
                Place::Unknown
                | Place::Held { .. }
                | Place::Booked { .. }
                | Place::GivenBack
                | Place::Freed => {}
            }
        }
        match expiring {
            Expiring::Nothing => {}
            Expiring::Asked { .. } => steps.push(Step::ExpireDecide),
            Expiring::Decided { .. } => steps.push(Step::ExpireDrop),
        }
        let is_locked = matches!(doing, Reading::Written { .. });
        match rebuild_from {
            None if !self.redis.is_filled => steps.push(Step::RebuildAsk),
            Some(ends) if !is_locked && self.tables.have_read(ends) => steps.push(Step::Refill),
            None | Some(_) => {}
        }
        let is_busy = doing != Reading::Nothing || expiring != Expiring::Nothing || rebuild_from.is_some();
        if self.crashes_left > 0 && is_busy {
            steps.push(Step::CrashScheduler);
        }
    }

    /// The first record of an order wins; the position goes with it in one transaction.
    pub(crate) fn read(&mut self) {
        let offset = self.scheduler.committed.log;
        let order = self.log[offset].order;
        if !self.tables.know(order) {
            self.tables.placed.insert(order);
        }
        self.tables.reached.log = self.tables.reached.log.max(offset + 1);
        self.scheduler.doing = Reading::Written { order, is_event: false };
    }

    pub(crate) fn read_event(&mut self) {
        let offset = self.scheduler.committed.events;
        let order = self.events[offset];
        self.tables.freed.insert(order);
        self.tables.reached.events = self.tables.reached.events.max(offset + 1);
        self.scheduler.doing = Reading::Written { order, is_event: true };
    }

    pub(crate) fn settle(&mut self, saga: Saga) {
        let Reading::Written { order, is_event } = self.scheduler.doing else { return };
        self.say_to_redis(saga, order, is_event);
        self.scheduler.doing = Reading::Settled { is_event };
    }

    pub(crate) fn read_done(&mut self) {
        let Reading::Settled { is_event } = self.scheduler.doing else { return };
        let Scheduler { committed, doing, .. } = &mut self.scheduler;
        if is_event {
            committed.events += 1;
        } else {
            committed.log += 1;
        }
        *doing = Reading::Nothing;
    }

    pub(crate) fn crash_scheduler(&mut self) {
        self.crashes_left -= 1;
        self.scheduler = Scheduler { committed: self.scheduler.committed, ..Scheduler::default() };
    }

    pub(crate) fn age(&mut self, order: Order) {
        if let Place::Held { is_old, .. } = &mut self.redis.orders[order] {
            *is_old = true;
        }
    }

    pub(crate) fn expire_ask(&mut self, order: Order) {
        self.scheduler.expiring = Expiring::Asked { order, ends: self.ends(), is_due: true };
    }

    /// A reader that is behind ends nothing; an order that came is said to Redis again.
    pub(crate) fn expire_decide(&mut self, saga: Saga) {
        let Expiring::Asked { order, ends, is_due } = self.scheduler.expiring else { return };
        self.scheduler.expiring = Expiring::Nothing;
        if saga.has(Flaw::ExpiresUnasked) {
            self.scheduler.expiring = Expiring::Decided { order, is_due };
        } else if self.tables.have_read(ends) {
            if self.tables.know(order) {
                self.say_to_redis(saga, order, self.tables.freed.contains(&order));
            } else {
                self.scheduler.expiring = Expiring::Decided { order, is_due };
            }
        }
    }

    pub(crate) fn expire_drop(&mut self) {
        let Expiring::Decided { order, is_due } = self.scheduler.expiring else { return };
        if is_due {
            self.redis.expire(order);
        }
        self.scheduler.expiring = Expiring::Nothing;
    }

    /// The job took the time before it asked for the log's end: what is held since then is not due.
    pub(crate) fn is_held_anew(&mut self, order: Order) {
        if let Expiring::Asked { order: other, is_due, .. } | Expiring::Decided { order: other, is_due } =
            &mut self.scheduler.expiring
        {
            *is_due &= *other != order;
        }
    }

    pub(crate) fn forget(&mut self) {
        self.losses_left -= 1;
        self.redis = Redis::default();
    }

    pub(crate) fn rebuild_ask(&mut self) {
        self.scheduler.rebuild_from = Some(self.ends());
    }

    pub(crate) fn refill(&mut self, saga: Saga) {
        self.scheduler.rebuild_from = None;
        if self.redis.is_filled {
            return;
        }
        if !saga.has(Flaw::RefillsNothing) {
            let keys: [usize; ORDERS] = std::array::from_fn(|order| self.key_of(order));
            self.redis.refill(&self.tables, |order| keys[order]);
        }
        self.redis.is_filled = true;
    }

    fn say_to_redis(&mut self, saga: Saga, order: Order, is_freed: bool) {
        let key = self.key_of(order);
        if is_freed {
            self.redis.free(order, key);
        } else {
            self.redis.confirm(order, key, !saga.has(Flaw::ConfirmsHoldsOnly));
        }
    }
}
