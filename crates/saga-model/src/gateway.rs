//! Clients, their gateways, and the broker between a gateway and the log.

use crate::redis::Answer;
use crate::state::{CLIENTS, Heard, Order, Record, State, Work};
use crate::world::{Flaw, Saga, Step};

impl State {
    pub(crate) fn gateway_steps(&self, client: usize, steps: &mut Vec<Step>) {
        let one = &self.clients[client];
        match one.work {
            Work::Idle => {
                if one.heard == Heard::Nothing && one.calls_left > 0 {
                    steps.push(Step::Call(client));
                }
                return;
            }
            Work::Asking { .. } => steps.push(Step::Assign(client)),
            Work::Holding { .. } => steps.extend([Step::Send(client), Step::Refuse(client)]),
            Work::Sent { is_on_log, .. } => {
                if is_on_log {
                    steps.push(Step::Answer(client));
                }
                steps.push(Step::GiveUp(client));
            }
            Work::Releasing { .. } => steps.push(Step::Release(client)),
        }
        if self.crashes_left > 0 {
            steps.push(Step::CrashGateway(client));
        }
    }

    pub(crate) fn broker_steps(&self, steps: &mut Vec<Step>) {
        steps.extend((0..self.flying.len()).flat_map(|number| [Step::Land(number), Step::Lose(number)]));
    }

    pub(crate) fn call(&mut self, client: usize) {
        let one = &mut self.clients[client];
        one.calls_left -= 1;
        one.work = Work::Asking { call: usize::from(one.calls_left) * CLIENTS + client };
    }

    pub(crate) fn assign(&mut self, client: usize) {
        let Work::Asking { call } = self.clients[client].work else { return };
        match self.redis.assign(call, self.keys[client]) {
            Answer::Rebuilding => self.hear(client, Heard::Nothing),
            Answer::Full => {
                self.clients[client].refused.insert(call);
                self.hear(client, Heard::SlotsFull);
            }
            Answer::Held(order) => {
                self.is_held_anew(order);
                self.clients[client].work = Work::Holding { call, order };
            }
            Answer::Settled(order) => self.hear(client, Heard::Placed(order)),
        }
    }

    pub(crate) fn send(&mut self, saga: Saga, client: usize) {
        let Work::Holding { call, order } = self.clients[client].work else { return };
        self.flying.insert(Record { order, call });
        self.clients[client].work = Work::Sent { call, order, is_on_log: false };
        if saga.has(Flaw::AnswersBeforeTheLog) {
            self.hear(client, Heard::Placed(order));
        }
    }

    pub(crate) fn land(&mut self, number: usize) {
        let Some(record) = self.take_flying(number) else { return };
        self.log.push(record);
        for client in &mut self.clients {
            if let Work::Sent { call, is_on_log, .. } = &mut client.work {
                *is_on_log |= *call == record.call;
            }
        }
    }

    pub(crate) fn lose(&mut self, number: usize) {
        self.take_flying(number);
    }

    pub(crate) fn answer(&mut self, client: usize) {
        let Work::Sent { order, .. } = self.clients[client].work else { return };
        self.hear(client, Heard::Placed(order));
    }

    /// The log has not answered in time: the order may be there.
    pub(crate) fn give_up(&mut self, saga: Saga, client: usize) {
        let Work::Sent { call, order, .. } = self.clients[client].work else { return };
        if saga.has(Flaw::ReleasesInDoubt) && call == order {
            self.clients[client].work = Work::Releasing { call, is_certain: false };
        } else {
            self.hear(client, Heard::Nothing);
        }
    }

    /// The log has refused the record for certain: the hold of the call's own order is given back.
    pub(crate) fn refuse(&mut self, client: usize) {
        let Work::Holding { call, order } = self.clients[client].work else { return };
        if call == order {
            self.clients[client].work = Work::Releasing { call, is_certain: true };
        } else {
            self.clients[client].refused.insert(call);
            self.hear(client, Heard::Nothing);
        }
    }

    pub(crate) fn release(&mut self, client: usize) {
        let Work::Releasing { call, is_certain } = self.clients[client].work else { return };
        self.redis.release(call);
        if is_certain {
            self.clients[client].refused.insert(call);
        }
        self.hear(client, Heard::Nothing);
    }

    pub(crate) fn crash_gateway(&mut self, client: usize) {
        self.crashes_left -= 1;
        self.hear(client, Heard::Nothing);
    }

    /// Whether somebody may still write an order to the log without asking for its slot again.
    pub(crate) fn is_on_its_way(&self, order: Order) -> bool {
        let works = self.clients.iter().any(|client| match client.work {
            Work::Holding { order: held, .. } | Work::Sent { order: held, .. } => held == order,
            Work::Idle | Work::Asking { .. } | Work::Releasing { .. } => false,
        });
        works || self.flying.iter().any(|record| record.order == order)
    }

    fn hear(&mut self, client: usize, heard: Heard) {
        self.clients[client].work = Work::Idle;
        self.clients[client].heard = heard;
    }

    fn take_flying(&mut self, number: usize) -> Option<Record> {
        let record = self.flying.iter().nth(number).copied()?;
        self.flying.remove(&record);
        Some(record)
    }
}
