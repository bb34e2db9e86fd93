//! What the store should do, said as plainly as possible: maps instead of scripts, the limits as the domain has them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::calendar::{BusinessDate, SlotTime};
use domain::ids::OrderId;
use domain::slots::{DisplayNumber, Limits, Need, ReservationState as State};
use slot_scheduler::storage::redis::{
    Assigned, Assignment, BranchMemory, Confirmation, Confirmed, NoneFits, OrderInSlot, Outcome, Run,
    SlotLoad,
};
use slot_scheduler::storage::{Override, Reservation};

use crate::command::{AFTER_END, Answer, Command, slots_of};

const HOLD: TimeDelta = TimeDelta::seconds(60);

/// One branch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reference {
    /// Whether all is known; nothing is assigned otherwise.
    pub is_filled: bool,
    slots: BTreeMap<DateTime<Utc>, Slot>,
    orders: BTreeMap<OrderId, Known>,
    keys: BTreeMap<String, OrderId>,
    numbers: BTreeMap<BusinessDate, DisplayNumber>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Slot {
    own: Limits,
    disabled: bool,
    orders: BTreeMap<OrderId, Place>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    state: State,
    need: Need,
    over: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Known {
    state: State,
    slot: SlotTime,
    number: DisplayNumber,
    visible_at: DateTime<Utc>,
    fingerprint: Vec<u8>,
    record: Vec<u8>,
    /// What the first record takes, as long as only a hold tells of it.
    need: Option<Need>,
    /// A repeat was answered with the hold.
    is_asked: bool,
    /// When the hold ends.
    until: Option<DateTime<Utc>>,
}

impl Slot {
    fn load(&self) -> Need {
        self.orders.values().fold(Need::ZERO, |load, place| load.plus(&place.need))
    }
}

impl Reference {
    /// An empty branch that is known to be empty.
    pub fn empty() -> Self {
        Self { is_filled: true, ..Self::default() }
    }

    /// The server lost the mark of its life and nothing else.
    pub fn lose_mark(&mut self) {
        self.is_filled = false;
    }

    /// The server lost everything.
    pub fn lose_all(&mut self) {
        *self = Self::default();
    }

    /// Does what a call should do, and answers what it should answer.
    pub fn apply(&mut self, command: &Command) -> Answer {
        match command {
            Command::Assign(wanted, runs) => Answer::Assigned(self.assign(wanted, runs)),
            Command::Confirm(now, told) => Answer::Confirmed(self.confirm(*now, told)),
            Command::Free(_, cancelled) => {
                self.free(cancelled);
                Answer::Nothing
            }
            Command::Release(_, order) => Answer::Did(self.release(*order)),
            Command::Expire(due, order) => Answer::Did(self.expire(*due, *order)),
            Command::Set(_, changed) => {
                self.set(changed);
                Answer::Nothing
            }
            Command::Look(start) => Answer::Saw(self.look(*start)),
            Command::Due(due) => Answer::AreDue(self.due(*due)),
            Command::Refill(_, memory) => {
                self.refill(memory);
                Answer::Did(true)
            }
        }
    }

    /// What a slot holds.
    pub fn look(&self, start: DateTime<Utc>) -> SlotLoad {
        let slot = self.slots.get(&start).cloned().unwrap_or_default();
        let inside = slot.orders.iter().map(|(&order_id, &Place { state, need, over })| OrderInSlot {
            order_id,
            state,
            need,
            over,
        });
        SlotLoad {
            load: slot.load(),
            own_limits: slot.own,
            disabled: slot.disabled,
            orders: inside.collect(),
        }
    }

    /// Orders whose holds have run out.
    pub fn due(&self, due: DateTime<Utc>) -> Vec<OrderId> {
        let is_due = |known: &Known| known.until.is_some_and(|until| until <= due);
        self.orders.iter().filter(|(_, known)| is_due(known)).map(|(order, _)| *order).collect()
    }

    fn assign(&mut self, wanted: &Assignment, runs: &[Run]) -> Outcome {
        if !self.is_filled {
            return Outcome::Rebuilding;
        }
        let order = self.keys.get(&wanted.key_hash).copied().unwrap_or(wanted.order_id);
        let known = self.orders.get(&order).cloned();
        if let Some(known) = &known {
            if !wanted.key_hash.is_empty() && known.fingerprint != wanted.fingerprint {
                return Outcome::KeyReused;
            }
            if self.stands(order, known) {
                return Outcome::Assigned(self.say_again(order, wanted.now));
            }
        }
        let need = known.as_ref().and_then(|known| known.need).unwrap_or(wanted.need);
        let mut seen = NoneFits::default();
        for slot in runs.iter().flat_map(slots_of) {
            let found = self.slots.entry(slot.start).or_default();
            if found.disabled {
                continue;
            }
            let first = *seen.first_candidate.get_or_insert(slot.start);
            let limits = wanted.limits.overridden_by(&found.own);
            if !limits.admit(&need, &found.load(), found.orders.is_empty()) {
                continue;
            }
            if wanted.max_shift.is_some_and(|shift| slot.start > first + shift) {
                seen.next_with_room = Some(slot.start);
                break;
            }
            return Outcome::Assigned(self.hold(order, known, need, slot, wanted));
        }
        Outcome::NoneFits(seen)
    }

    /// Whether an order still has what an earlier call was answered.
    fn stands(&self, order: OrderId, known: &Known) -> bool {
        match known.state {
            State::Released | State::Expired => false,
            // a refill forgets holds
            State::Held => {
                self.slots.get(&known.slot.start).is_some_and(|slot| slot.orders.contains_key(&order))
            }
            State::Confirmed | State::Freed | State::Done => true,
        }
    }

    fn say_again(&mut self, order: OrderId, now: DateTime<Utc>) -> Assigned {
        let known = self.orders.get_mut(&order).unwrap();
        if known.state == State::Held {
            known.until = Some(now + HOLD);
            known.is_asked = true;
        }
        known.answer(order, true)
    }

    fn hold(
        &mut self,
        order: OrderId,
        before: Option<Known>,
        need: Need,
        slot: SlotTime,
        wanted: &Assignment,
    ) -> Assigned {
        let is_known = before.is_some();
        let same_date = before.as_ref().filter(|known| known.slot.business_date == slot.business_date);
        let number = match same_date {
            Some(known) => known.number,
            None => self.draw(slot.business_date),
        };
        let place = Place { state: State::Held, need, over: false };
        self.slots.entry(slot.start).or_default().orders.insert(order, place);
        let known = Known {
            state: State::Held,
            slot,
            number,
            visible_at: wanted.now.max(slot.start - wanted.lead),
            fingerprint: wanted.fingerprint.clone(),
            record: before.map_or_else(|| wanted.record.clone(), |known| known.record),
            need: Some(need),
            is_asked: false,
            until: Some(wanted.now + HOLD),
        };
        let answer = known.answer(order, is_known);
        self.orders.insert(order, known);
        self.bind(&wanted.key_hash, order);
        answer
    }

    fn draw(&mut self, date: BusinessDate) -> DisplayNumber {
        let number = self.numbers.entry(date).or_insert(DisplayNumber(0));
        number.0 += 1;
        *number
    }

    /// A key belongs to the order that came first.
    fn bind(&mut self, key: &str, order: OrderId) {
        if !key.is_empty() {
            self.keys.entry(key.to_owned()).or_insert(order);
        }
    }

    fn confirm(&mut self, now: DateTime<Utc>, told: &Confirmation) -> Confirmed {
        let Confirmation { reservation: told, limits } = told;
        if !self.is_filled {
            return Confirmed::Rebuilding;
        }
        let known = self.orders.get(&told.order_id).map(|known| (known.state, known.slot.start));
        match known {
            // whoever was told before may not have written it down
            Some((State::Confirmed, start)) if self.is_over(start, told.order_id) => return Confirmed::Over,
            Some((State::Confirmed | State::Freed | State::Done, _)) => return Confirmed::Known,
            Some((State::Held | State::Released | State::Expired, _)) | None => {}
        }
        let had =
            known.and_then(|(_, start)| self.give_back(start, told.order_id).map(|place| (start, place)));
        let held = Place { state: State::Held, need: told.need, over: false };
        let mut did = Confirmed::Booked;
        if had == Some((told.slot.start, held)) {
            did = Confirmed::Held;
        }
        if did == Confirmed::Held || told.slot.end + AFTER_END > now {
            let slot = self.slots.entry(told.slot.start).or_default();
            let load = slot.load().plus(&told.need);
            if did == Confirmed::Booked && limits.overridden_by(&slot.own).are_passed_by(&load) {
                did = Confirmed::Over;
            }
            let place = Place { state: State::Confirmed, need: told.need, over: did == Confirmed::Over };
            slot.orders.insert(told.order_id, place);
        }
        self.orders.insert(told.order_id, Known::told(told, State::Confirmed));
        self.bind(&told.key_hash, told.order_id);
        self.raise(told.slot.business_date, told.number);
        did
    }

    fn is_over(&self, start: DateTime<Utc>, order: OrderId) -> bool {
        self.slots.get(&start).and_then(|slot| slot.orders.get(&order)).is_some_and(|place| place.over)
    }

    fn free(&mut self, cancelled: &Reservation) {
        if !self.is_filled {
            return;
        }
        match self.orders.get_mut(&cancelled.order_id) {
            Some(known) if matches!(known.state, State::Freed | State::Done) => {}
            Some(known) => {
                (known.state, known.until) = (State::Freed, None);
                let start = known.slot.start;
                self.give_back(start, cancelled.order_id);
            }
            None => {
                self.orders.insert(cancelled.order_id, Known::told(cancelled, State::Freed));
                self.bind(&cancelled.key_hash, cancelled.order_id);
            }
        }
    }

    fn release(&mut self, order: OrderId) -> bool {
        self.end_hold(order, State::Released, |known| !known.is_asked)
    }

    fn expire(&mut self, due: DateTime<Utc>, order: OrderId) -> bool {
        self.end_hold(order, State::Expired, |known| known.until.is_none_or(|until| until <= due))
    }

    fn end_hold(&mut self, order: OrderId, state: State, may: impl Fn(&Known) -> bool) -> bool {
        let held = |known: &&mut Known| known.state == State::Held && may(known);
        let Some(known) = self.orders.get_mut(&order).filter(held) else { return false };
        if !self.is_filled {
            return false;
        }
        (known.state, known.until) = (state, None);
        let start = known.slot.start;
        self.give_back(start, order);
        true
    }

    fn give_back(&mut self, start: DateTime<Utc>, order: OrderId) -> Option<Place> {
        self.slots.get_mut(&start)?.orders.remove(&order)
    }

    fn set(&mut self, changed: &Override) {
        let slot = self.slots.entry(changed.slot_start).or_default();
        (slot.own, slot.disabled) = (changed.limits, changed.disabled);
    }

    fn raise(&mut self, date: BusinessDate, number: DisplayNumber) {
        let known = self.numbers.entry(date).or_insert(DisplayNumber(0));
        *known = number.max(*known);
    }

    /// Orders of the log take their slots, holds are gone, and a key belongs to an order that takes a place before
    /// one that does not, and to the first of several.
    fn refill(&mut self, memory: &BranchMemory) {
        self.orders.values_mut().for_each(|known| known.until = None);
        for start in memory.stale.iter().chain(memory.live.iter().map(|order| &order.slot.start)) {
            self.slots.remove(start);
        }
        for order in &memory.live {
            let place = Place { state: State::Confirmed, need: order.need, over: order.over };
            self.slots.entry(order.slot.start).or_default().orders.insert(order.order_id, place);
        }
        memory.overrides.iter().for_each(|changed| self.set(changed));
        let live = memory.live.iter().map(|order| (order, State::Confirmed));
        let ended = memory.ended.iter().map(|(order, state)| (order, *state));
        let mut told: Vec<_> = live.chain(ended).collect();
        told.sort_by_key(|(order, state)| (*state != State::Confirmed, order.placed_at));
        for (order, state) in told.into_iter().rev() {
            self.orders.insert(order.order_id, Known::told(order, state));
            if !order.key_hash.is_empty() {
                self.keys.insert(order.key_hash.clone(), order.order_id);
            }
        }
        for (date, number) in &memory.numbers {
            self.raise(*date, *number);
        }
        self.is_filled = true;
    }
}

impl Known {
    fn told(told: &Reservation, state: State) -> Self {
        Self {
            state,
            slot: told.slot,
            number: told.number,
            visible_at: told.visible_at,
            fingerprint: told.fingerprint.clone(),
            record: told.record.clone(),
            need: None,
            is_asked: false,
            until: None,
        }
    }

    fn answer(&self, order_id: OrderId, replayed: bool) -> Assigned {
        Assigned {
            order_id,
            state: self.state,
            slot: self.slot,
            number: self.number,
            visible_at: self.visible_at,
            replayed,
            record: self.record.clone(),
        }
    }
}
