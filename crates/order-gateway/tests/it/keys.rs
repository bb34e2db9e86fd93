//! Repeats: one key, one order.

use std::collections::HashSet;

use contracts::order::PizzaOrderRequest;
use reqwest::Method;
use serde_json::{Value, json};
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use crate::mobile::margherita;
use crate::world::World;

fn with_key(request: PizzaOrderRequest, key: &str) -> Request<PizzaOrderRequest> {
    let mut request = Request::new(request);
    request.metadata_mut().insert("idempotency-key", key.parse().unwrap());
    request
}

fn shop_body() -> Value {
    json!({"items": [{"pizza_name": "Маргарита", "quantity": 1}], "is_pickup": true})
}

#[tokio::test(flavor = "multi_thread")]
async fn ord_15_many_calls_over_grpc_and_rest_with_one_key_are_one_order() {
    let world = World::start().await;
    let mut calls = tokio::task::JoinSet::new();
    for at in 0..40 {
        if at % 2 == 0 {
            let mut client = world.orders();
            let request = PizzaOrderRequest { is_pickup: true, quantity: 1, ..margherita() };
            calls.spawn(async move {
                let answer = client.create_order(with_key(request, "k-15")).await.unwrap().into_inner();
                (answer.order_id, answer.display_id, answer.final_price, answer.replayed)
            });
        } else {
            let request = world.rest(Method::POST, "/api/v1/order").header("idempotency-key", "k-15");
            let request = request.json(&shop_body());
            calls.spawn(async move {
                let answer: Value = request.send().await.unwrap().json().await.unwrap();
                let text = |name: &str| answer[name].as_str().unwrap().to_owned();
                let price = i32::try_from(answer["final_price"].as_i64().unwrap()).unwrap();
                (text("order_id"), text("display_id"), price, answer["replayed"].as_bool().unwrap())
            });
        }
    }

    let answers = calls.join_all().await;

    let same: HashSet<_> = answers.iter().map(|(id, number, price, _)| (id, number, price)).collect();
    assert_eq!(same.len(), 1, "{same:?}");
    assert_eq!(answers.iter().filter(|(.., replayed)| !replayed).count(), 1);
    let log = world.log().await;
    // a repeat commits the same order to the byte; readers take the first
    assert!(log.iter().all(|order| *order == log[0]), "{log:?}");
    assert!(log[0].idempotency_scope.ends_with("/anonymous"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ord_16_one_key_with_another_request_is_refused() {
    let world = World::start().await;
    let mut client = world.orders();
    client.create_order(with_key(margherita(), "k-16")).await.unwrap();

    let other = PizzaOrderRequest { quantity: 2, ..margherita() };
    let refused = client.create_order(with_key(other, "k-16")).await.unwrap_err();

    let reason = refused.get_error_details().error_info().unwrap().reason.clone();
    assert_eq!((refused.code(), reason.as_str()), (Code::AlreadyExists, "IDEMPOTENCY_KEY_REUSED"));
    assert_eq!(world.log().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_of_an_order_that_was_read_from_the_log_is_not_written_again() {
    let world = World::start().await;
    let mut client = world.orders();
    let first = client.create_order(with_key(margherita(), "k-1")).await.unwrap().into_inner();
    world.kitchen.confirm_all();

    let mut again = client.create_order(with_key(margherita(), "k-1")).await.unwrap().into_inner();

    assert!(again.replayed);
    again.replayed = false;
    assert_eq!(again, first);
    assert_eq!(world.log().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_two_people_do_not_meet() {
    let world = World::start().await;
    let call = async |role: &str| {
        let token = world.keys.token(role, testkit::BRANCH_MAIN);
        let request = world.rest(Method::POST, "/api/v1/order").bearer_auth(token);
        let answer = request.header("idempotency-key", "same").json(&shop_body()).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["order_id"].as_str().unwrap().to_owned()
    };

    assert_ne!(call("cashier").await, call("cashier").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_the_wrong_shape_is_refused() {
    let world = World::start().await;
    let request = world.rest(Method::POST, "/api/v1/order").header("idempotency-key", "two words");

    let answer = request.json(&shop_body()).send().await.unwrap();

    assert_eq!(answer.status().as_u16(), 400);
    assert!(answer.text().await.unwrap().contains("IDEMPOTENCY_KEY_INVALID"));
}
