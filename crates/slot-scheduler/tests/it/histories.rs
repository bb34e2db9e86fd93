//! Eight clients call at the same time, each on a connection of its own: whatever they saw can be told one call after
//! the other.
//!
//! `SLOT_HISTORIES` sets how many histories are recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cache::Cache;
use chrono::TimeDelta;
use domain::calendar::SlotTime;
use domain::ids::OrderId;
use domain::slots::{Dimension, DisplayNumber, Limits, Need, ReservationState};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use slot_scheduler::storage::redis::{Assignment, Confirmation, Outcome, Run, SlotStore, key_hash};
use slot_scheduler::storage::{Override, Reservation};
use testkit::TestRedis;

use crate::amount;
use crate::bench::{assignment, order, reservation};
use crate::command::{Answer, BRANCH, Command};
use crate::linearizable::{Call, explain};
use crate::reference::Reference;
use crate::world::ten;

const CLIENTS: usize = 8;
const CALLS: usize = 30;
/// Histories among which three are found that can be falsified.
const MOST_TRIED: u64 = 50;

/// One step of a client.
#[derive(Clone, Debug)]
enum Step {
    Assign {
        order: u8,
        need: Need,
    },
    /// Of the order that the client was answered with last, or of another as if from an earlier life.
    Confirm {
        order: u8,
        is_own: bool,
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
    Disable {
        disabled: bool,
    },
    Look,
    Due,
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_the_same_time_can_be_told_one_after_the_other() {
    let redis = TestRedis::start().await;
    let clients: Vec<_> = (0..CLIENTS).map(|_| SlotStore::new(Cache::open(&redis.url()).unwrap())).collect();
    let mut overlapping = 0;

    for seed in 0..u64::from(amount("SLOT_HISTORIES", 200)) {
        let history = record(&redis, &clients, seed).await;

        overlapping += history.windows(2).filter(|calls| calls[1].began < calls[0].ended).count();
        if let Err(unexplained) = explain(&Reference::empty(), &history) {
            panic!("history {seed} cannot be told one call after the other: {unexplained:#?}");
        }
    }

    assert!(overlapping > 0, "no two calls were made at the same time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_with_one_answer_of_another_moment_is_found() {
    let redis = TestRedis::start().await;
    let clients: Vec<_> = (0..CLIENTS).map(|_| SlotStore::new(Cache::open(&redis.url()).unwrap())).collect();

    let mut changed = 0;
    for seed in 0..MOST_TRIED {
        let mut history = record(&redis, &clients, seed).await;
        let Some((late, answer)) = stale_look(&history) else { continue };
        history[late].answer = answer;

        assert!(explain(&Reference::empty(), &history).is_err(), "history {seed}");
        changed += 1;
        if changed == 3 {
            return;
        }
    }
    panic!("{changed} of {MOST_TRIED} histories have a look that can be falsified");
}

#[test]
fn a_number_that_was_drawn_twice_is_found() {
    let call = |client, began, order_number, number| {
        let need = Need { roubles: 1, orders: 1, ..Need::ZERO };
        let wanted = Assignment { limits: limits(), need, ..assignment(BRANCH, order(order_number)) };
        let command = Command::Assign(Box::new(wanted.clone()), vec![run()]);
        let Answer::Assigned(Outcome::Assigned(mut place)) = Reference::empty().apply(&command) else {
            unreachable!("an empty slot takes an order")
        };
        place.number = DisplayNumber(number);
        Call { client, began, ended: began + 3, command, answer: Answer::Assigned(Outcome::Assigned(place)) }
    };
    let told = |history: &[Call]| explain(&Reference::empty(), history).is_ok();

    // overlapping calls may have happened in either order; calls that follow each other may not
    assert!(told(&[call(0, 0, 1, 2), call(1, 1, 2, 1)]));
    assert!(!told(&[call(0, 0, 1, 1), call(1, 1, 2, 1)]));
    assert!(!told(&[call(0, 0, 1, 2), call(1, 4, 2, 1)]));
}

/// A look, and the answer of another one that it cannot have seen at any moment: without an order that was confirmed
/// before it began, and that nobody had begun to cancel when it ended.
fn stale_look(history: &[Call]) -> Option<(usize, Answer)> {
    let confirmed_before = |late: &Call| {
        history.iter().find_map(|call| match &call.command {
            Command::Confirm(_, confirmation) if call.ended < late.began => {
                let order = confirmation.reservation.order_id;
                (!is_cancelled_before(history, order, late.ended)).then_some(order)
            }
            _ => None,
        })
    };
    history.iter().enumerate().rev().filter(|(_, call)| matches!(call.answer, Answer::Saw(_))).find_map(
        |(late, call)| {
            let order = confirmed_before(call)?;
            let other = history.iter().map(|call| &call.answer).find(|answer| lacks(answer, order))?;
            Some((late, other.clone()))
        },
    )
}

fn is_cancelled_before(history: &[Call], order: OrderId, moment: usize) -> bool {
    history.iter().any(|call| {
        matches!(&call.command, Command::Free(_, freed) if freed.order_id == order) && call.began < moment
    })
}

/// Whether it is what a look saw when the order was not confirmed.
fn lacks(answer: &Answer, order: OrderId) -> bool {
    let Answer::Saw(slot) = answer else { return false };
    let confirmed = slot.orders.iter().filter(|inside| inside.state == ReservationState::Confirmed);
    confirmed.map(|inside| inside.order_id).all(|inside| inside != order)
}

/// Lets the clients loose on an empty slot; their calls in the order in which they began.
async fn record(redis: &TestRedis, clients: &[SlotStore], seed: u64) -> Vec<Call> {
    redis.forget().await;
    Command::Refill(ten(), Box::default()).run(&clients[0]).await;
    let clock = Arc::new(AtomicUsize::new(0));
    let tasks = clients.iter().zip(scripts(seed)).enumerate().map(|(client, (store, script))| {
        let (store, clock) = (store.clone(), Arc::clone(&clock));
        tokio::spawn(async move {
            let (mut calls, mut last) = (Vec::with_capacity(CALLS), None);
            for step in script {
                let command = step.command(last.as_ref());
                let began = clock.fetch_add(1, Ordering::SeqCst);
                let answer = command.run(&store).await;
                let ended = clock.fetch_add(1, Ordering::SeqCst);
                last = promised(&command, &answer).or(last);
                calls.push(Call { client, began, ended, command, answer });
            }
            calls
        })
    });
    let mut history = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        history.extend(task.await.unwrap());
    }
    history.sort_unstable_by_key(|call| call.began);
    history
}

/// What the clients do in the history of that number.
fn scripts(seed: u64) -> Vec<Vec<Step>> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let scripts = proptest::collection::vec(proptest::collection::vec(steps(), CALLS), CLIENTS);
    scripts.new_tree(&mut runner).unwrap().current()
}

fn steps() -> impl Strategy<Value = Step> {
    let order = || 0..12_u8;
    let need = (1..4_u64).prop_map(|roubles| Need { roubles, orders: 1, ..Need::ZERO });
    prop_oneof![
        10 => (order(), need).prop_map(|(order, need)| Step::Assign { order, need }),
        4 => (order(), proptest::bool::weighted(0.8)).prop_map(|(order, is_own)| Step::Confirm { order, is_own }),
        3 => order().prop_map(|order| Step::Cancel { order }),
        4 => order().prop_map(|order| Step::Release { order }),
        2 => order().prop_map(|order| Step::Expire { order }),
        1 => proptest::bool::weighted(0.3).prop_map(|disabled| Step::Disable { disabled }),
        4 => Just(Step::Look),
        1 => Just(Step::Due),
    ]
}

impl Step {
    fn command(&self, last: Option<&Reservation>) -> Command {
        let later = ten() + TimeDelta::minutes(2);
        match *self {
            Self::Assign { order: number, need } => {
                // two orders in three have a key, which they share with another order
                let key = (number % 3 > 0).then(|| key_hash("scope", &(number / 2).to_string()));
                let wanted = Assignment {
                    need,
                    limits: limits(),
                    key_hash: key.unwrap_or_default(),
                    record: vec![number],
                    ..assignment(BRANCH, order(number.into()))
                };
                Command::Assign(Box::new(wanted), vec![run()])
            }
            Self::Confirm { order: number, is_own } => {
                let other = || Reservation {
                    number: DisplayNumber(u32::from(number)),
                    ..reservation(BRANCH, order(number.into()))
                };
                let reservation = last.filter(|_| is_own).cloned().unwrap_or_else(other);
                Command::Confirm(ten(), Box::new(Confirmation { reservation, limits: limits() }))
            }
            Self::Cancel { order: number } => {
                Command::Free(ten(), Box::new(reservation(BRANCH, order(number.into()))))
            }
            Self::Release { order: number } => Command::Release(ten(), order(number.into())),
            Self::Expire { order: number } => Command::Expire(later, order(number.into())),
            Self::Disable { disabled } => {
                let SlotTime { start, end, .. } = reservation(BRANCH, order(0)).slot;
                let changed = Override { slot_start: start, slot_end: end, disabled, limits: Limits::NONE };
                Command::Set(ten(), changed)
            }
            Self::Look => Command::Look(ten()),
            Self::Due => Command::Due(later),
        }
    }
}

/// What the client would write to the log.
fn promised(command: &Command, answer: &Answer) -> Option<Reservation> {
    let (Command::Assign(wanted, _), Answer::Assigned(Outcome::Assigned(place))) = (command, answer) else {
        return None;
    };
    Some(Reservation {
        number: place.number,
        need: wanted.need,
        record: place.record.clone(),
        key_hash: wanted.key_hash.clone(),
        ..reservation(BRANCH, place.order_id)
    })
}

/// The one slot that everybody wants.
fn run() -> Run {
    Run { count: 1, ..crate::bench::run() }
}

/// It takes about four orders.
fn limits() -> Limits {
    Limits::NONE.with(Dimension::Roubles, Some(8))
}
