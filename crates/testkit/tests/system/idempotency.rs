//! One key, one order: over both doors at once, and across a kill.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{BRANCH_MAIN, System};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::customers::{Customer, get, pizza, pizza_body, post};
use crate::facts::{keys_and_their_orders, stored_orders};

const SOON: Duration = Duration::from_secs(20);

/// Repeats with the same key, as a good client does, while the gateway asks for it.
async fn over_rest(system: &System, key: &str, order: &Value) -> Value {
    let end = Instant::now() + SOON;
    loop {
        let (status, body) = post(system, "/api/v1/order", key, None, order).await;
        if status == 200 {
            return body;
        }
        assert!(matches!(status, 429 | 503 | 504) && Instant::now() < end, "{status}: {body}");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ord_15_200_parallel_calls_over_grpc_and_rest_with_one_key_give_one_order() {
    let system = std::sync::Arc::new(System::start().await);
    let customer = Customer::of(&system);

    let mut calls = JoinSet::new();
    for number in 0..200 {
        let (customer, system) = (customer.clone(), std::sync::Arc::clone(&system));
        calls.spawn(async move {
            if number % 2 == 0 {
                let answer = customer.place("one-key", pizza("Маргарита", 2), SOON).await;
                (answer.order_id, answer.display_id, answer.final_price, answer.replayed)
            } else {
                let body = over_rest(&system, "one-key", &pizza_body("маргарита", 2)).await;
                let text = |name: &str| body[name].as_str().unwrap().to_owned();
                let price = i32::try_from(body["final_price"].as_i64().unwrap()).unwrap();
                (text("order_id"), text("display_id"), price, body["replayed"].as_bool().unwrap())
            }
        });
    }
    let answers = calls.join_all().await;

    let same: BTreeSet<_> = answers.iter().map(|(id, display, price, _)| (id, display, price)).collect();
    assert_eq!(same.len(), 1, "{same:?}");
    assert_eq!(answers.iter().filter(|(_, _, _, replayed)| !replayed).count(), 1);
    testkit::eventually("the order is stored", SOON, async || stored_orders(&system).await.len() == 1).await;
    assert_eq!(keys_and_their_orders(&system).await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn ord_16_the_same_key_with_another_body_is_refused_and_changes_nothing() {
    let system = System::start().await;
    let customer = Customer::of(&system);
    let first = customer.place("taken", pizza("Маргарита", 1), SOON).await;

    let refused = customer.try_place("taken", pizza("Маргарита", 2)).await.unwrap_err();

    assert_eq!(refused.code(), tonic::Code::AlreadyExists);
    let again = customer.place("taken", pizza("Маргарита", 1), SOON).await;
    assert_eq!((again.order_id, again.replayed), (first.order_id, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_means_the_same_order_after_every_service_on_the_way_was_killed() {
    let mut system = System::start().await;
    let customer = Customer::of(&system);
    let first = customer.place("across", pizza("Маргарита", 1), SOON).await;

    for name in ["order-gateway", "slot-scheduler", "order-consumer"] {
        system.kill(name);
        system.resume(name);
        let again = customer.place("across", pizza("Маргарита", 1), SOON).await;
        assert_eq!(again.order_id, first.order_id, "after {name} was killed");
        assert_eq!(again.slot_id, first.slot_id, "after {name} was killed");
    }

    testkit::eventually("the order is stored", SOON, async || stored_orders(&system).await.len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_first_answer_although_the_pizza_went_on_the_stop_list_since() {
    let system = System::start().await;
    let customer = Customer::of(&system);
    let first = customer.place("accepted", pizza("Маргарита", 1), SOON).await;
    let manager = system.keys.token("manager", BRANCH_MAIN);
    let (_, menu) = get(&system, "/api/v1/menu", &manager).await;
    let stop = json!({
        "branch_id": BRANCH_MAIN, "subject_kind": "product", "reason": "the last one was dropped",
        "subject_id": menu["pizzas"]["Маргарита"]["id"],
    });
    let (status, body) = post(&system, "/api/v1/erp/stop-list", "stop", Some(&manager), &stop).await;
    assert_eq!(status, 200, "{body}");
    let mut tries = 0;
    testkit::eventually("the gateway knows of the stop", SOON, async || {
        tries += 1;
        let refused = customer.try_place(&format!("new-{tries}"), pizza("Маргарита", 1)).await;
        refused.is_err_and(|status| status.code() == tonic::Code::FailedPrecondition)
    })
    .await;

    let again = customer.place("accepted", pizza("Маргарита", 1), SOON).await;

    assert_eq!((again.order_id, again.replayed), (first.order_id, true));
}
