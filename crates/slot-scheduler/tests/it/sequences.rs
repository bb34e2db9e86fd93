//! Calls of every kind one after the other, against the plain reference: same answers, same slots after each call.
//!
//! `SLOT_CASES` sets how many sequences are tried. Sequences that once failed are kept in `proptest-regressions`.

mod story; // what may happen next, and what it means

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::slots::Need;
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner};
use proptest_state_machine::ReferenceStateMachine as _;
use redis::aio::MultiplexedConnection;
use slot_scheduler::storage::redis::{Outcome, SlotLoad};
use tokio::runtime::Runtime;

use crate::amount;
use crate::bench::Bench;
use crate::command::{Answer, BRANCH, Command};
use story::{Loss, Op, STARTS, Stories, Story};

/// Calls of one sequence.
const CALLS: usize = 50;
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/sequences.txt");

#[test]
fn every_sequence_of_calls_is_answered_as_the_reference_answers_it() {
    let runtime = Runtime::new().unwrap();
    let bench = runtime.block_on(Bench::open());
    let mut runner = TestRunner::new(Config {
        cases: amount("SLOT_CASES", 256),
        max_shrink_iters: 4_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..Config::default()
    });

    let checked = runner.run(&Stories::sequential_strategy(CALLS), |(story, ops, seen)| {
        runtime.block_on(act(&bench, story, &ops, seen.as_ref()))
    });

    checked.unwrap();
}

async fn act(
    bench: &Bench,
    mut story: Story,
    ops: &[Op],
    seen: Option<&Arc<AtomicUsize>>,
) -> Result<(), TestCaseError> {
    let mut redis = bench.redis.connect().await;
    empty(&mut redis).await;
    Command::Refill(story.now, Box::default()).run(&bench.store).await;
    for op in ops {
        if let Some(seen) = seen {
            seen.fetch_add(1, Ordering::SeqCst);
        }
        story = Stories::apply(story, op);
        match (&story.loss, &story.last) {
            (Some(Loss::Mark), _) => lose_mark(&mut redis).await,
            (Some(Loss::All), _) => empty(&mut redis).await,
            (None, Some((command, expected))) => {
                let answer = command.run(&bench.store).await;
                prop_assert_eq!(&answer, expected, "answer to {:?}", command);
            }
            (None, None) => {}
        }
        let slots = look_around(bench, &mut redis, &story).await?;
        check_admission(&story, &slots)?;
    }
    let is_forgotten = !bench.store.forgotten(&[BRANCH]).await.unwrap().is_empty();
    prop_assert_eq!(is_forgotten, !story.model.is_filled);
    nothing_stays_for_ever(&mut redis).await
}

/// The whole picture: what the slots hold, how many orders they count, and which holds have run out.
async fn look_around(
    bench: &Bench,
    redis: &mut MultiplexedConnection,
    story: &Story,
) -> Result<Vec<SlotLoad>, TestCaseError> {
    let starts = STARTS.map(story::start);
    let due = Command::Due(story.now);
    let mut counts = redis::pipe();
    for start in starts {
        counts.hget(key(&start.timestamp().to_string()), "n");
    }
    let (slots, due, counts) = tokio::join!(
        bench.store.look(BRANCH, &starts),
        due.run(&bench.store),
        counts.query_async::<Vec<Option<usize>>>(redis),
    );
    let (slots, counts) = (slots.unwrap(), counts.unwrap());
    for ((slot, count), start) in slots.iter().zip(counts).zip(starts) {
        prop_assert_eq!(slot, &story.model.look(start), "the slot at {}", start);
        let sum = slot.orders.iter().fold(Need::ZERO, |sum, order| sum.plus(&order.need));
        prop_assert_eq!(slot.load, sum, "the load of the slot at {}", start);
        prop_assert_eq!(count.unwrap_or(0), slot.orders.len(), "the count of the slot at {}", start);
    }
    prop_assert_eq!(due, Answer::AreDue(story.model.due(story.now)));
    Ok(slots)
}

/// A slot that has just been given is not above its limits, unless its only order is larger than one of them; the
/// number has never been given before.
fn check_admission(story: &Story, slots: &[SlotLoad]) -> Result<(), TestCaseError> {
    prop_assert_eq!(story.drawn_twice, None);
    let Some((Command::Assign(wanted, _), Answer::Assigned(Outcome::Assigned(place)))) = &story.last else {
        return Ok(());
    };
    let found = STARTS.iter().position(|slot| story::start(*slot) == place.slot.start);
    if let Some(found) = found.filter(|_| story.is_new_place) {
        let slot = &slots[found];
        let limits = wanted.limits.overridden_by(&slot.own_limits);
        prop_assert!(!slot.disabled);
        prop_assert!(!limits.are_passed_by(&slot.load) || slot.orders.len() == 1, "{:?}", slot);
    }
    Ok(())
}

/// Whatever is remembered of orders and slots goes with its time.
async fn nothing_stays_for_ever(redis: &mut MultiplexedConnection) -> Result<(), TestCaseError> {
    let lasting = [key("epoch"), key("holds")];
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(redis).await.unwrap();
    for key in keys.iter().filter(|key| !lasting.contains(key)) {
        let life: i64 = redis::cmd("PTTL").arg(key).query_async(redis).await.unwrap();
        prop_assert!(life > 0, "{} stays for ever", key);
    }
    Ok(())
}

async fn empty(redis: &mut MultiplexedConnection) {
    redis::cmd("FLUSHALL").exec_async(redis).await.unwrap();
}

async fn lose_mark(redis: &mut MultiplexedConnection) {
    redis::cmd("DEL").arg(key("epoch")).exec_async(redis).await.unwrap();
}

fn key(name: &str) -> String {
    format!("slot:{{{BRANCH}}}:{name}")
}
