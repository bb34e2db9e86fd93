//! Full slots are remembered, and whatever makes room is found at once.

use chrono::TimeDelta;
use domain::ids::BranchId;
use domain::slots::{Dimension, Limits, Need};
use slot_scheduler::storage::redis::{Assignment, BranchMemory, Confirmed, Outcome, Run};
use slot_scheduler::storage::{Override, Reservation};

use crate::bench::{Bench, assignment, order, reservation, run};
use crate::world::ten;

fn at_most(orders: u64) -> Limits {
    Limits::NONE.with(Dimension::Orders, Some(orders))
}

fn one(branch: BranchId, number: u128) -> Assignment {
    let need = Need { roubles: 100, orders: 1, ..Need::ZERO };
    Assignment { need, limits: at_most(1), ..assignment(branch, order(number)) }
}

/// The place of the slot that an order gets, from the first on.
async fn place_of(bench: &Bench, wanted: &Assignment, run: Run) -> Option<i64> {
    match bench.store.assign(wanted, &[run], None).await.unwrap() {
        Outcome::Assigned(place) => Some((place.slot.start - run.start).num_minutes() / 15),
        Outcome::NoneFits(_) => None,
        other => panic!("{other:?}"),
    }
}

/// A branch whose slots hold one order each, orders 1, 2 and 3, and no more; all of them are known to be full.
async fn full_branch(bench: &Bench) -> BranchId {
    let branch = bench.fresh_branch().await;
    for number in 1..=3 {
        assert!(place_of(bench, &one(branch, number), run()).await.is_some());
    }
    assert_eq!(place_of(bench, &one(branch, 4), run()).await, None);
    assert!(life_of_memory(bench, branch).await > 0);
    branch
}

async fn life_of_memory(bench: &Bench, branch: BranchId) -> i64 {
    let key = format!("slot:{{{branch}}}:full");
    redis::cmd("PTTL").arg(key).query_async(&mut bench.redis.connect().await).await.unwrap()
}

/// How many looks at a slot Redis has seen.
async fn looks(bench: &Bench) -> u32 {
    let mut redis = bench.redis.connect().await;
    let stats: String = redis::cmd("INFO").arg("commandstats").query_async(&mut redis).await.unwrap();
    let calls = stats.split_once("cmdstat_hmget:calls=").unwrap().1;
    calls.split_once(',').unwrap().0.parse().unwrap()
}

fn set(place: i32, disabled: bool, limits: Limits) -> Override {
    let slot_start = ten() + TimeDelta::minutes(15) * place;
    Override { slot_start, slot_end: slot_start + TimeDelta::minutes(15), disabled, limits }
}

#[tokio::test]
async fn a_slot_that_had_no_room_is_not_looked_at_again_not_even_one_of_days() {
    let bench = Bench::open().await;
    let branch = bench.fresh_branch().await;
    let run = Run { count: 601, ..run() };
    for number in 1..=600 {
        assert!(place_of(&bench, &one(branch, number), run).await.is_some());
    }
    let before = looks(&bench).await;

    assert_eq!(place_of(&bench, &one(branch, 601), run).await, Some(600));

    assert!(looks(&bench).await - before <= 3, "of the slot that is found, and of the one before it");
}

#[tokio::test]
async fn a_place_that_is_given_back_is_found_at_once() {
    let bench = Bench::open().await;

    let branch = full_branch(&bench).await;
    assert!(bench.store.release(ten(), branch, order(2)).await.unwrap());
    assert_eq!(place_of(&bench, &one(branch, 5), run()).await, Some(1));

    let branch = full_branch(&bench).await;
    let later = ten() + TimeDelta::minutes(2);
    assert_eq!(bench.store.expire(later, branch, &[order(3)]).await.unwrap(), 1);
    assert_eq!(place_of(&bench, &one(branch, 5), run()).await, Some(2));

    let branch = full_branch(&bench).await;
    bench.store.free(ten(), &[reservation(branch, order(1))]).await.unwrap();
    assert_eq!(place_of(&bench, &one(branch, 5), run()).await, Some(0));

    // the log says that the order of the second slot stands in the first
    let branch = full_branch(&bench).await;
    bench.confirm(reservation(branch, order(2))).await;
    assert_eq!(place_of(&bench, &one(branch, 5), run()).await, Some(1));
}

#[tokio::test]
async fn room_that_a_person_or_a_refill_makes_is_found_at_once() {
    let bench = Bench::open().await;

    let branch = full_branch(&bench).await;
    let roomier = set(1, false, at_most(2));
    bench.store.set_override(branch, &roomier, ten()).await.unwrap();
    assert_eq!(place_of(&bench, &one(branch, 5), run()).await, Some(1));

    let branch = full_branch(&bench).await;
    let stale = vec![ten()];
    let memory = BranchMemory { stale, ..BranchMemory::default() };
    assert!(bench.store.refill(branch, &memory, ten()).await.unwrap());
    assert_eq!(place_of(&bench, &one(branch, 5), run()).await, Some(0));

    let branch = full_branch(&bench).await;
    let raised = Assignment { limits: at_most(2), ..one(branch, 5) };
    assert_eq!(place_of(&bench, &raised, run()).await, Some(0));
}

#[tokio::test]
async fn a_slot_that_is_too_full_for_one_order_takes_a_smaller_one() {
    let bench = Bench::open().await;
    let branch = bench.fresh_branch().await;
    let wants = |number, roubles| {
        let limits = Limits::NONE.with(Dimension::Roubles, Some(1_000));
        let need = Need { roubles, orders: 1, ..Need::ZERO };
        Assignment { need, limits, ..assignment(branch, order(number)) }
    };
    let place = async |number, roubles| place_of(&bench, &wants(number, roubles), run()).await;

    assert_eq!(place(1, 900).await, Some(0));
    assert_eq!(place(2, 101).await, Some(1));
    // one that is larger than the limit gets an empty slot
    assert_eq!(place(3, 2_000).await, Some(2));
    assert_eq!(place(4, 2_000).await, None);
    assert_eq!(place(5, 100).await, Some(0));
    assert_eq!(place(6, 1).await, Some(1));
}

#[tokio::test]
async fn a_closed_slot_is_no_candidate_whatever_was_known_of_it() {
    let bench = Bench::open().await;
    let branch = full_branch(&bench).await;
    bench.store.set_override(branch, &set(0, true, Limits::NONE), ten()).await.unwrap();

    for number in [5, 6] {
        let outcome = bench.store.assign(&one(branch, number), &[run()], None).await.unwrap();

        let Outcome::NoneFits(none) = outcome else { panic!("{outcome:?}") };
        assert_eq!(none.first_candidate, Some(ten() + TimeDelta::minutes(15)));
    }
}

#[tokio::test]
async fn what_is_known_of_full_slots_is_forgotten_a_minute_after_it_began() {
    let bench = Bench::open().await;
    let branch = bench.fresh_branch().await;
    for number in 1..=2 {
        assert!(place_of(&bench, &one(branch, number), run()).await.is_some());
    }
    assert!((1..=60_000).contains(&life_of_memory(&bench, branch).await));
    let key = format!("slot:{{{branch}}}:full");
    let mut redis = bench.redis.connect().await;
    redis::cmd("PEXPIRE").arg(key).arg(20_000).exec_async(&mut redis).await.unwrap();

    assert!(place_of(&bench, &one(branch, 3), run()).await.is_some());

    assert!((1..=20_000).contains(&life_of_memory(&bench, branch).await));
}

#[tokio::test]
async fn settings_count_at_once_whoever_wrote_them() {
    let bench = Bench::open().await;
    let mut redis = bench.redis.connect().await;
    let mut write = async |branch: BranchId, place: i32, field: &str, value: u32| {
        let start = (ten() + TimeDelta::minutes(15) * place).timestamp();
        let key = format!("slot:{{{branch}}}:{start}");
        redis::cmd("HSET").arg(key).arg(field).arg(value).exec_async(&mut redis).await.unwrap();
    };

    // as versions wrote them that knew of no marks: into slots that nobody has had an order in
    let branch = bench.fresh_branch().await;
    write(branch, 0, "d", 1).await;
    write(branch, 1, "c:o", 0).await;
    assert_eq!(place_of(&bench, &one(branch, 1), run()).await, Some(2));

    // and beside an order of that time
    let branch = bench.fresh_branch().await;
    write(branch, 0, "n", 1).await;
    write(branch, 0, "l:o", 1).await;
    write(branch, 0, "c:o", 2).await;
    assert_eq!(place_of(&bench, &one(branch, 1), run()).await, Some(0));
    assert_eq!(place_of(&bench, &one(branch, 2), run()).await, Some(1));
}

#[tokio::test]
async fn settings_of_a_slot_with_orders_count_from_the_next_order_on_and_end_with_their_end() {
    let bench = Bench::open().await;
    let branch = bench.fresh_branch().await;
    let wants = |number| Assignment { limits: at_most(2), ..one(branch, number) };
    let place = async |number| place_of(&bench, &wants(number), run()).await;
    assert_eq!(place(1).await, Some(0));

    bench.store.set_override(branch, &set(0, false, at_most(1)), ten()).await.unwrap();
    assert_eq!(place(2).await, Some(1));
    bench.store.set_override(branch, &set(0, true, Limits::NONE), ten()).await.unwrap();
    assert_eq!(place(3).await, Some(1));
    bench.store.set_override(branch, &set(0, false, Limits::NONE), ten()).await.unwrap();
    assert_eq!(place(4).await, Some(0));
}

#[tokio::test]
async fn an_order_that_was_booked_above_a_limit_is_answered_so_again() {
    let bench = Bench::open().await;
    let branch = bench.fresh_branch().await;
    let told = |number: u128, roubles| {
        let need = Need { roubles, orders: 1, ..Need::ZERO };
        Reservation { need, ..reservation(branch, order(number)) }
    };

    assert_eq!(bench.confirm(told(1, 10_000)).await, Confirmed::Booked);
    assert_eq!(bench.confirm(told(2, 900)).await, Confirmed::Over);

    assert_eq!(
        bench.confirm(told(2, 900)).await,
        Confirmed::Over,
        "who was told may not have written it down"
    );
    assert_eq!(bench.confirm(told(1, 10_000)).await, Confirmed::Known);
    bench.store.free(ten(), &[told(2, 900)]).await.unwrap();
    assert_eq!(bench.confirm(told(2, 900)).await, Confirmed::Known);
}
