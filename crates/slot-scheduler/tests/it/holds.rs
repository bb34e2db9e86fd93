//! Holds of orders that are asked for more than once.

use domain::slots::{Dimension, Limits, Need};
use slot_scheduler::storage::Reservation;
use slot_scheduler::storage::redis::{Assignment, Confirmed};

use crate::bench::{Bench, NEED, assignment, order, reservation};
use crate::world::ten;

const DEARER: Need = Need { roubles: 1_200, ..NEED };

#[tokio::test]
async fn a_repeat_that_costs_more_by_now_takes_what_the_first_record_takes() {
    let bench = Bench::open().await;
    let branch = bench.fresh_branch().await;
    let first = assignment(branch, order(1));
    bench.assign(&first).await;
    bench.store.release(ten(), branch, order(1)).await.unwrap();

    let limits = Limits::NONE.with(Dimension::Roubles, Some(1_000));
    bench.assign(&Assignment { need: DEARER, limits, ..first }).await;

    assert_eq!(bench.first_slot(branch).await.load, NEED);
}

#[tokio::test]
async fn a_hold_of_another_need_than_the_log_tells_is_booked_as_the_log_tells() {
    let bench = Bench::open().await;
    let branch = bench.fresh_branch().await;
    bench.assign(&assignment(branch, order(1))).await;

    let told = Reservation { need: DEARER, ..reservation(branch, order(1)) };
    assert_eq!(bench.confirm(told.clone()).await, Confirmed::Booked);

    let slot = bench.first_slot(branch).await;
    assert_eq!((slot.load, slot.orders.len(), slot.orders[0].need), (DEARER, 1, DEARER));
    bench.store.free(ten(), &[told]).await.unwrap();
    assert_eq!(bench.first_slot(branch).await.load, Need::ZERO);
}

#[tokio::test]
async fn a_hold_that_a_repeat_was_answered_with_is_not_released() {
    let bench = Bench::open().await;
    let branch = bench.fresh_branch().await;
    let wanted = assignment(branch, order(1));
    bench.assign(&wanted).await;
    assert!(bench.assign(&wanted).await.replayed);

    assert!(!bench.store.release(ten(), branch, order(1)).await.unwrap());

    assert_eq!(bench.first_slot(branch).await.load, NEED);
    assert_eq!(bench.confirm(reservation(branch, order(1))).await, Confirmed::Held);
}

#[tokio::test]
async fn an_order_whose_cancel_came_first_is_still_answered_with_its_record() {
    let bench = Bench::open().await;
    let branch = bench.fresh_branch().await;
    let cancelled =
        Reservation { key_hash: "k1".to_owned(), record: vec![7, 0, 7], ..reservation(branch, order(1)) };
    bench.store.free(ten(), std::slice::from_ref(&cancelled)).await.unwrap();
    assert_eq!(bench.confirm(cancelled).await, Confirmed::Known);

    let again = Assignment { key_hash: "k1".to_owned(), ..assignment(branch, order(2)) };
    let place = bench.assign(&again).await;

    assert_eq!((place.order_id, place.record), (order(1), vec![7, 0, 7]));
}
