//! Filling a store that has lost its memory, or a part of it.

use chrono::TimeDelta;
use domain::ids::BranchId;
use domain::slots::{DisplayNumber, Need, ReservationState};
use slot_scheduler::storage::Reservation;
use slot_scheduler::storage::redis::{Assignment, BranchMemory};

use crate::bench::{Bench, NEED, assignment, order, reservation, run};
use crate::world::ten;

/// So many that they go out in several parts.
const ORDERS: u32 = 2_000;

fn many_orders(branch: BranchId) -> BranchMemory {
    let live = (0..ORDERS).map(|number| {
        let mut reservation = reservation(branch, order(number.into()));
        let later = TimeDelta::minutes(15) * i32::try_from(number % 100).unwrap();
        reservation.slot.start += later;
        reservation.slot.end += later;
        reservation
    });
    BranchMemory { live: live.collect(), ..BranchMemory::default() }
}

async fn roubles(bench: &Bench, branch: BranchId) -> u64 {
    let starts: Vec<_> = (0..100).map(|slot| ten() + TimeDelta::minutes(15) * slot).collect();
    let slots = bench.store.look(branch, &starts).await.unwrap();
    slots.iter().map(|slot| slot.load.roubles).sum()
}

async fn forget_as_soon_as_there_is_something(bench: &Bench) {
    let mut redis = bench.redis.connect().await;
    while redis::cmd("DBSIZE").query_async::<u64>(&mut redis).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    redis::cmd("FLUSHALL").exec_async(&mut redis).await.unwrap();
}

#[tokio::test]
async fn a_store_that_is_emptied_while_it_is_filled_is_not_taken_for_full() {
    let bench = Bench::open().await;
    let branch = BranchId::MAIN;
    let memory = many_orders(branch);
    let complete = u64::from(ORDERS) * NEED.roubles;

    let mut is_interrupted = false;
    for _ in 0..20 {
        bench.redis.forget().await;
        let refill = bench.store.refill(branch, &memory, ten());
        let (is_filled, ()) = tokio::join!(refill, forget_as_soon_as_there_is_something(&bench));
        is_interrupted |= !is_filled.unwrap();
        if bench.store.forgotten(&[branch]).await.unwrap().is_empty() {
            assert_eq!(roubles(&bench, branch).await, complete);
        }
    }
    assert!(is_interrupted);

    assert!(bench.store.refill(branch, &memory, ten()).await.unwrap());
    assert_eq!(bench.store.forgotten(&[branch]).await.unwrap(), []);
    assert_eq!(roubles(&bench, branch).await, complete);
}

#[tokio::test]
async fn holds_that_a_restarted_server_remembers_do_not_outlive_a_refill() {
    let bench = Bench::open().await;
    let branch = bench.fresh_branch().await;
    bench.assign(&assignment(branch, order(2))).await;

    let live = vec![Reservation { need: Need { roubles: 500, ..NEED }, ..reservation(branch, order(1)) }];
    let memory = BranchMemory { live, ..BranchMemory::default() };
    bench.store.refill(branch, &memory, ten()).await.unwrap();

    let slot = bench.first_slot(branch).await;
    assert_eq!((slot.load.roubles, slot.orders.len(), slot.orders[0].order_id), (500, 1, order(1)));
    bench.assign(&assignment(branch, order(2))).await;
    assert_eq!(bench.first_slot(branch).await.load.roubles, 1_400);
}

#[tokio::test]
async fn a_key_that_two_orders_came_with_belongs_to_the_one_that_takes_a_place() {
    let bench = Bench::open().await;
    let branch = bench.fresh_branch().await;
    let keyed = |number| Reservation { key_hash: "k1".to_owned(), ..reservation(branch, order(number)) };
    let (first, second) = (keyed(1), keyed(2));
    let memory = BranchMemory {
        live: vec![first],
        ended: vec![(second, ReservationState::Freed)],
        ..BranchMemory::default()
    };

    bench.store.refill(branch, &memory, ten()).await.unwrap();

    let again = Assignment { key_hash: "k1".to_owned(), ..assignment(branch, order(3)) };
    let place = bench.assign(&again).await;
    assert_eq!((place.order_id, place.state), (order(1), ReservationState::Confirmed));
}

#[tokio::test]
async fn display_numbers_never_go_back() {
    let bench = Bench::open().await;
    let branch = bench.fresh_branch().await;
    let refill = async |number| {
        let numbers = vec![(run().business_date, DisplayNumber(number))];
        let memory = BranchMemory { numbers, ..BranchMemory::default() };
        bench.store.refill(branch, &memory, ten()).await.unwrap();
    };
    let next = async |number| bench.assign(&assignment(branch, order(number))).await.number.0;

    assert_eq!(next(1).await, 1);
    refill(100).await;
    assert_eq!(next(2).await, 101);
    refill(50).await;
    assert_eq!(next(3).await, 102);
}

#[tokio::test]
async fn only_the_mark_of_another_life_is_forgotten() {
    let bench = Bench::open().await;
    let branch = bench.fresh_branch().await;

    bench.store.forget(&[branch]).await.unwrap();
    assert_eq!(bench.store.forgotten(&[branch]).await.unwrap(), []);

    let mark = format!("slot:{{{branch}}}:epoch");
    let mut redis = bench.redis.connect().await;
    redis::cmd("SET").arg(&mark).arg("another life").exec_async(&mut redis).await.unwrap();
    bench.store.forget(&[branch]).await.unwrap();
    assert!(!redis::cmd("EXISTS").arg(&mark).query_async::<bool>(&mut redis).await.unwrap());
}
