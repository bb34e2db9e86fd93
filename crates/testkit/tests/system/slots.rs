//! Nothing is oversold: not under a rush, not after Redis lost its memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use testkit::{BRANCH_MAIN, System};
use tokio::task::JoinSet;

use crate::customers::{Customer, pizza, put};
use crate::facts::{loads_in_postgres, loads_in_redis};

const SOON: Duration = Duration::from_mins(1);
const LIMIT: i64 = 10_000;

#[tokio::test(flavor = "multi_thread")]
async fn no_slot_is_above_its_limit_at_any_sample_under_500_parallel_placements() {
    let system = Arc::new(System::start().await);
    let done = Arc::new(AtomicBool::new(false));
    let sampler = tokio::spawn({
        let (system, done) = (Arc::clone(&system), Arc::clone(&done));
        async move {
            let mut samples = 0;
            while !done.load(Ordering::Relaxed) {
                for (slot, load) in loads_in_redis(&system).await {
                    assert!(load <= LIMIT, "{slot} holds {load}");
                }
                samples += 1;
            }
            samples
        }
    });
    let customer = Customer::of(&system);

    let mut calls = JoinSet::new();
    for number in 0..500 {
        let customer = customer.clone();
        calls.spawn(async move {
            customer.place(&format!("rush-{number}"), pizza("Маргарита", 1), SOON).await
        });
    }
    let answers = calls.join_all().await;
    done.store(true, Ordering::Relaxed);

    assert!(sampler.await.unwrap() > 0);
    let goods: i64 = answers.iter().map(|answer| i64::from(answer.total_price)).sum();
    assert_eq!(loads_in_redis(&system).await.values().sum::<i64>(), goods);
    testkit::eventually("reservations agree with the loads", SOON, async || {
        loads_in_postgres(&system).await == loads_in_redis(&system).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slt_19_loads_are_rebuilt_from_the_log_after_redis_lost_its_memory() {
    let system = System::start().await;
    // all in one slot: at the end of a business date the next one may belong to another, which counts by itself
    let manager = system.keys.token("manager", BRANCH_MAIN);
    let roomy = json!({ "branch_id": BRANCH_MAIN, "limit_roubles": 10 * LIMIT });
    let (status, body) = put(&system, "/api/v1/erp/slots/config", &manager, &roomy).await;
    assert_eq!(status, 200, "{body}");
    let customer = Customer::of(&system);
    for number in 0..30 {
        customer.place(&format!("before-{number}"), pizza("Маргарита", 1), SOON).await;
    }
    let first = customer.place("before-0", pizza("Маргарита", 1), SOON).await;
    let before = loads_in_redis(&system).await;

    system.redis.forget().await;

    testkit::eventually("the loads are back", SOON, async || loads_in_redis(&system).await == before).await;
    let repeat = customer.place("before-0", pizza("Маргарита", 1), SOON).await;
    assert_eq!((repeat.order_id, repeat.replayed), (first.order_id, true));
    let next = customer.place("after", pizza("Маргарита", 1), SOON).await;
    assert_eq!(next.display_id, "0131", "the counter goes on 100 above the highest number seen");
    testkit::eventually("reservations agree with the loads", SOON, async || {
        loads_in_postgres(&system).await == loads_in_redis(&system).await
    })
    .await;
}
