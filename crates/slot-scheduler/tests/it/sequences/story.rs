//! What may happen to a branch, step by step, as gateways, the log and people make it happen.
//!
//! An operation names orders and slots by small numbers; what it means in full depends on what happened before, and
//! is worked out when it is applied. So an operation keeps its sense while a failing sequence shrinks.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::calendar::{BusinessDate, SlotTime};
use domain::ids::OrderId;
use domain::slots::{DisplayNumber, Limits, Need, ReservationState as State};
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;
use slot_scheduler::storage::redis::{
    Assigned, Assignment, BranchMemory, Confirmation, Outcome, Run, key_hash,
};
use slot_scheduler::storage::{Override, Reservation};

use crate::bench::{assignment, order};
use crate::command::{AFTER_END, Answer, BRANCH, Command};
use crate::reference::Reference;
use crate::world::ten;

/// Slots that orders are assigned to: three of one business date, two of the next, and one that ended yesterday, which
/// only the log still knows.
pub const STARTS: [u8; 6] = [0, 1, 2, 3, 4, YESTERDAY];
const OPEN: usize = 5;
const YESTERDAY: u8 = 5;

/// One step.
#[derive(Clone, Debug)]
pub enum Op {
    Assign {
        order: u8,
        key: Option<u8>,
        fingerprint: u8,
        need: Need,
        only: Option<u8>,
        max_shift: Option<u8>,
    },
    /// The log tells of an order: as the last answer said, or of another slot, need and number.
    Tell {
        order: u8,
        otherwise: Option<(u8, Need, u8)>,
    },
    Cancel {
        order: u8,
    },
    Release {
        order: u8,
    },
    Expire {
        order: u8,
    },
    Set {
        slot: u8,
        disabled: bool,
        limits: Limits,
    },
    Limit {
        limits: Limits,
    },
    Pass {
        seconds: u8,
    },
    Lose(Loss),
    Refill,
}

/// What a server may lose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// It was restarted and remembers its data.
    Mark,
    /// It remembers nothing.
    All,
}

/// A branch and everybody around it.
#[derive(Clone, Debug)]
pub struct Story {
    pub now: DateTime<Utc>,
    pub model: Reference,
    limits: Limits,
    /// What the gateway would write to the log.
    promised: BTreeMap<OrderId, Reservation>,
    /// What the log has told.
    told: BTreeMap<OrderId, (Reservation, State)>,
    overrides: BTreeMap<u8, Override>,
    drawn: BTreeMap<(BusinessDate, DisplayNumber), OrderId>,
    /// A number that was given to two orders.
    pub drawn_twice: Option<(BusinessDate, DisplayNumber)>,
    /// The last call and the answer it should have; none after a step that calls nobody.
    pub last: Option<(Command, Answer)>,
    /// Whether the last call gave an order a place that it did not have before.
    pub is_new_place: bool,
    /// What the last step took away.
    pub loss: Option<Loss>,
}

/// How stories go.
pub struct Stories;

impl ReferenceStateMachine for Stories {
    type State = Story;
    type Transition = Op;

    fn init_state() -> BoxedStrategy<Story> {
        limits().prop_map(Story::begin).boxed()
    }

    fn transitions(story: &Story) -> BoxedStrategy<Op> {
        let refills = if story.model.is_filled { 0 } else { 12 };
        let order = || 0..7_u8;
        let assign = (order(), keys(), fingerprints(), needs(), one_in(4, 0..5_u8), one_in(3, 0..4_u8));
        let assign = assign.prop_map(|(order, key, fingerprint, need, only, max_shift)| Op::Assign {
            order,
            key,
            fingerprint,
            need,
            only,
            max_shift,
        });
        let otherwise = one_in(4, (0..6_u8, needs(), 1..30_u8));
        let tell = (order(), otherwise).prop_map(|(order, otherwise)| Op::Tell { order, otherwise });
        let set = (0..5_u8, any::<bool>(), prop_oneof![Just(Limits::NONE), limits()]);
        prop_oneof![
            12 => assign,
            6 => tell,
            2 => order().prop_map(|order| Op::Cancel { order }),
            3 => order().prop_map(|order| Op::Release { order }),
            3 => order().prop_map(|order| Op::Expire { order }),
            2 => set.prop_map(|(slot, disabled, limits)| Op::Set { slot, disabled, limits }),
            1 => limits().prop_map(|limits| Op::Limit { limits }),
            3 => (1..45_u8).prop_map(|seconds| Op::Pass { seconds }),
            1 => prop_oneof![Just(Loss::Mark), Just(Loss::All)].prop_map(Op::Lose),
            refills => Just(Op::Refill),
        ]
        .boxed()
    }

    /// Only what has been lost is filled again.
    fn preconditions(story: &Story, op: &Op) -> bool {
        !matches!(op, Op::Refill) || !story.model.is_filled
    }

    fn apply(mut story: Story, op: &Op) -> Story {
        (story.last, story.loss, story.is_new_place) = (None, None, false);
        match op {
            Op::Limit { limits } => story.limits = *limits,
            Op::Pass { seconds } => story.now += TimeDelta::seconds((*seconds).into()),
            Op::Lose(loss) => story.lose(*loss),
            Op::Assign { .. }
            | Op::Tell { .. }
            | Op::Cancel { .. }
            | Op::Release { .. }
            | Op::Expire { .. }
            | Op::Set { .. }
            | Op::Refill => {
                let command = story.command(op);
                let before = story.model.clone();
                let answer = story.model.apply(&command);
                story.note(&before, &command, &answer);
                story.last = Some((command, answer));
            }
        }
        story
    }
}

impl Story {
    fn begin(limits: Limits) -> Self {
        Self {
            now: ten(),
            model: Reference::empty(),
            limits,
            promised: BTreeMap::new(),
            told: BTreeMap::new(),
            overrides: BTreeMap::new(),
            drawn: BTreeMap::new(),
            drawn_twice: None,
            last: None,
            is_new_place: false,
            loss: None,
        }
    }

    fn lose(&mut self, loss: Loss) {
        self.loss = Some(loss);
        match loss {
            Loss::Mark => self.model.lose_mark(),
            Loss::All => self.model.lose_all(),
        }
    }

    /// The call that an operation means now.
    fn command(&mut self, op: &Op) -> Command {
        let now = self.now;
        match *op {
            Op::Assign { order: number, key, fingerprint, need, only, max_shift } => {
                let wanted = Assignment {
                    need,
                    limits: self.limits,
                    key_hash: key.map_or_else(String::new, |key| key_hash("scope", &key.to_string())),
                    fingerprint: vec![fingerprint],
                    record: vec![number, fingerprint],
                    lead: TimeDelta::minutes(10),
                    max_shift: max_shift.map(|slots| TimeDelta::minutes(15) * i32::from(slots)),
                    now,
                    ..assignment(BRANCH, order(number.into()))
                };
                Command::Assign(Box::new(wanted), runs(only))
            }
            Op::Tell { order, otherwise } => {
                let reservation = self.record_of(order, otherwise);
                // the tables keep the first record, and a cancel for good
                let known = self.told.entry(reservation.order_id);
                known.or_insert_with(|| (reservation.clone(), State::Confirmed));
                Command::Confirm(now, Box::new(Confirmation { reservation, limits: self.limits }))
            }
            Op::Cancel { order } => {
                let reservation = self.record_of(order, None);
                let cancelled = (reservation.clone(), State::Freed);
                self.told.entry(reservation.order_id).or_insert(cancelled).1 = State::Freed;
                Command::Free(now, Box::new(reservation))
            }
            Op::Release { order: number } => Command::Release(now, order(number.into())),
            Op::Expire { order: number } => Command::Expire(now, order(number.into())),
            Op::Set { slot, disabled, limits } => {
                let SlotTime { start, end, .. } = slot_time(slot);
                let changed = Override { slot_start: start, slot_end: end, disabled, limits };
                self.overrides.insert(slot, changed);
                Command::Set(now, changed)
            }
            Op::Refill => Command::Refill(now, Box::new(self.memory())),
            Op::Limit { .. } | Op::Pass { .. } | Op::Lose(_) => unreachable!("nobody is called"),
        }
    }

    /// What the log says of an order.
    fn record_of(&self, number: u8, otherwise: Option<(u8, Need, u8)>) -> Reservation {
        let order_id = order(number.into());
        let first = self.told.get(&order_id).map(|(first, _)| first);
        let promised = first.or_else(|| self.promised.get(&order_id)).cloned();
        let unknown = || Reservation {
            order_id,
            branch: BRANCH,
            slot: slot_time(number % 5),
            number: DisplayNumber(u32::from(number) + 40),
            visible_at: ten(),
            placed_at: ten(),
            need: Need { roubles: 2, orders: 1, ..Need::ZERO },
            key_hash: String::new(),
            fingerprint: vec![0],
            record: vec![number],
            over: false,
        };
        let mut reservation = promised.unwrap_or_else(unknown);
        if let Some((slot, need, number)) = otherwise {
            (reservation.slot, reservation.need) = (slot_time(slot), need);
            reservation.number = DisplayNumber(number.into());
        }
        reservation
    }

    /// What the tables know.
    fn memory(&self) -> BranchMemory {
        let end = self.now - AFTER_END;
        let takes_part = |order: &Reservation, state| state == State::Confirmed && order.slot.end > end;
        let (live, ended) = self.told.values().cloned().partition::<Vec<_>, _>(|(o, s)| takes_part(o, *s));
        let mut numbers = BTreeMap::new();
        let told = self.told.values().map(|(order, _)| (order.slot.business_date, order.number));
        for (date, number) in told.chain(self.drawn.keys().copied()) {
            let highest = numbers.entry(date).or_insert(number);
            *highest = number.max(*highest);
        }
        BranchMemory {
            live: live.into_iter().map(|(order, _)| order).collect(),
            ended,
            overrides: self.overrides.values().copied().collect(),
            numbers: numbers.into_iter().collect(),
            stale: (0..5).map(start).collect(),
        }
    }

    /// What others learn of an answer.
    fn note(&mut self, before: &Reference, command: &Command, answer: &Answer) {
        let (Command::Assign(wanted, _), Answer::Assigned(Outcome::Assigned(place))) = (command, answer)
        else {
            return;
        };
        if place.state != State::Held {
            return;
        }
        let inside = before.look(place.slot.start).orders;
        self.is_new_place = inside.iter().all(|inside| inside.order_id != place.order_id);
        let number = (place.slot.business_date, place.number);
        if *self.drawn.entry(number).or_insert(place.order_id) != place.order_id {
            self.drawn_twice = Some(number);
        }
        let promised = self.promise(wanted, place);
        self.promised.insert(place.order_id, promised);
    }

    fn promise(&self, wanted: &Assignment, place: &Assigned) -> Reservation {
        let inside = self.model.look(place.slot.start).orders;
        let need = inside.iter().find(|inside| inside.order_id == place.order_id).map(|inside| inside.need);
        // each order at a moment of its own, which its first promise sets
        let placed = ten() + TimeDelta::milliseconds(i64::try_from(self.promised.len()).unwrap());
        let placed_at = self.promised.get(&place.order_id).map_or(placed, |before| before.placed_at);
        Reservation {
            order_id: place.order_id,
            branch: BRANCH,
            slot: place.slot,
            number: place.number,
            visible_at: place.visible_at,
            placed_at,
            need: need.unwrap_or(wanted.need),
            key_hash: wanted.key_hash.clone(),
            fingerprint: wanted.fingerprint.clone(),
            record: place.record.clone(),
            over: false,
        }
    }
}

/// When a slot starts.
pub fn start(slot: u8) -> DateTime<Utc> {
    slot_time(slot).start
}

fn slot_time(slot: u8) -> SlotTime {
    let length = TimeDelta::minutes(15);
    let start = match slot {
        YESTERDAY => ten() - TimeDelta::days(1),
        // the last two come after a gap
        slot => ten() + length * i32::from(slot) + TimeDelta::hours(i64::from(slot >= 3)),
    };
    let date = if slot < 3 || slot == YESTERDAY { "2026-02-01" } else { "2026-02-02" };
    SlotTime { start, end: start + length, business_date: date.parse().unwrap() }
}

/// All slots that take orders, or only one of them.
fn runs(only: Option<u8>) -> Vec<Run> {
    let run = |first: u8, count: usize| {
        let SlotTime { start, end, business_date } = slot_time(first);
        Run { start, length: end - start, count, business_date }
    };
    match only {
        Some(slot) => vec![run(slot, 1)],
        None => vec![run(0, 3), run(3, OPEN - 3)],
    }
}

fn needs() -> impl Strategy<Value = Need> {
    proptest::array::uniform6(0_u64..5).prop_map(|amounts| {
        let mut amounts = amounts.into_iter();
        Need::from_fn(|_| amounts.next().unwrap())
    })
}

fn limits() -> impl Strategy<Value = Limits> {
    proptest::array::uniform6(proptest::option::weighted(0.4, 0_u64..12)).prop_map(|limits| {
        let mut limits = limits.into_iter();
        Limits::from_fn(|_| limits.next().unwrap())
    })
}

fn keys() -> impl Strategy<Value = Option<u8>> {
    proptest::option::weighted(0.6, 0..4_u8)
}

fn fingerprints() -> impl Strategy<Value = u8> {
    prop_oneof![6 => Just(0_u8), 1 => Just(1_u8)]
}

fn one_in<S: Strategy>(times: u32, strategy: S) -> impl Strategy<Value = Option<S::Value>> {
    proptest::option::weighted(1.0 / f64::from(times), strategy)
}
