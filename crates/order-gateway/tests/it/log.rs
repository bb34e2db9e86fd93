//! The order log refuses, is silent, or is slow to be reached.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use testkit::{eventually, free_port};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::mobile::margherita;
use crate::world::{Odd, SOON, World};

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().unwrap().reason.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_the_broker_refuses_gives_its_hold_back() {
    // no broker takes a topic of that name
    let world = World::with(Odd { topic_prefix: Some("no such/".to_owned()), ..Odd::default() }).await;
    world.has_a_menu().await;

    // a broker that has much to do may refuse too late: such an order is in doubt and keeps its hold
    eventually("a refused order gives its hold back", SOON, async || {
        let refused = world.orders().create_order(margherita()).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "ORDER_LOG_DOWN"));
        let of_this_order = world.kitchen.wanted().last().unwrap().order_id.clone();
        world.kitchen.released().last() == Some(&of_this_order)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_in_doubt_keeps_its_hold_and_asks_to_be_repeated() {
    let brokers = Some(format!("127.0.0.1:{}", free_port()));
    let world = World::with(Odd { brokers, ..Odd::default() }).await;
    world.has_a_menu().await;
    let body = json!({"items": [{"pizza_name": "Маргарита", "quantity": 1}]});

    let request = world.rest(Method::POST, "/api/v1/order").header("x-request-timeout-ms", "20000");
    let answer = request.json(&body).send().await.unwrap();

    assert_eq!(answer.status().as_u16(), 503);
    assert_eq!(answer.headers()["retry-after"], "1");
    assert!(answer.text().await.unwrap().contains("ORDER_LOG_DOWN"));
    assert_eq!((world.kitchen.wanted().len(), world.kitchen.released().len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_client_hangs_up_is_finished_all_the_same() {
    let world = World::start().await;
    world.kitchen.slow_down(Duration::from_secs(1));
    let body = json!({"items": [{"pizza_name": "Пепперони", "quantity": 1}]});
    let mut client = world.orders();

    let over_rest = tokio::spawn(world.rest(Method::POST, "/api/v1/order").json(&body).send());
    eventually("the call over REST waits for its slot", SOON, async || world.kitchen.arrived() == 1).await;
    over_rest.abort();
    let over_grpc = tokio::spawn(async move { client.create_order(margherita()).await });
    eventually("the call over gRPC waits for its slot", SOON, async || world.kitchen.arrived() == 2).await;
    over_grpc.abort();

    let hung_up = over_rest.await.is_err() && over_grpc.await.is_err();
    assert!(hung_up, "the clients did not hang up");
    eventually("both orders are on the log", SOON, async || world.log().await.len() == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_in_placement_is_finished_before_the_process_ends() {
    let mut world = World::start().await;
    world.kitchen.slow_down(Duration::from_secs(1));
    let mut client = world.orders();
    let call = tokio::spawn(async move { client.create_order(margherita()).await });
    eventually("the call waits for its slot", SOON, async || world.kitchen.arrived() == 1).await;

    let ended = world.end().await;

    // a part that ends before the others is how this test asks to stop
    assert_eq!(ended.unwrap_err().to_string(), "a part has ended early, see above");
    assert_eq!(call.await.unwrap().unwrap().into_inner().status, "pending");
    assert_eq!(world.log().await.len(), 1);
}
