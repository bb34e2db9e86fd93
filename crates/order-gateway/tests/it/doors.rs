//! What exists, and who may come in.

use contracts::shop::v1::PlaceOrderRequest;
use contracts::shop::v1::shop_service_client::ShopServiceClient;
use reqwest::Method;
use serde_json::{Value, json};
use tonic::Code;

use crate::world::World;

const PUBLIC: [(&str, &str); 7] = [
    ("get", "/api/v1/health"),
    ("post", "/api/v1/order"),
    ("get", "/api/v1/order/{order_id}/track"),
    ("get", "/api/v1/menu"),
    ("get", "/api/v1/menu/pizzas"),
    ("get", "/api/v1/menu/extras"),
    ("get", "/api/v1/menu/sets"),
];

#[tokio::test(flavor = "multi_thread")]
async fn aut_5_every_route_but_the_public_ones_needs_a_token() {
    let world = World::start().await;
    let document: Value =
        world.rest(Method::GET, "/api/v1/openapi.json").send().await.unwrap().json().await.unwrap();
    let mut open = Vec::new();

    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let call = method.to_uppercase().parse().unwrap();
            let target = path.replace(['{', '}'], "");
            let request = world.rest(call, &target);
            let request = if method == "get" { request } else { request.json(&json!({})) };
            if request.send().await.unwrap().status().as_u16() != 401 {
                open.push((method.clone(), path.clone()));
            }
        }
    }

    let mut expected = PUBLIC.map(|(method, path)| (method.to_owned(), path.to_owned()));
    expected.sort_by(|a, b| a.1.cmp(&b.1));
    open.sort_by(|a, b| a.1.cmp(&b.1));
    assert_eq!(open, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_5_the_offices_rpc_needs_a_token() {
    let world = World::start().await;

    let refused =
        ShopServiceClient::new(world.channel()).place_office_order(PlaceOrderRequest::default()).await;

    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_contract_is_described_and_no_other_exists() {
    let world = World::start().await;
    let document: Value =
        world.rest(Method::GET, "/api/v1/openapi.json").send().await.unwrap().json().await.unwrap();
    let paths = document["paths"].as_object().unwrap();

    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for path in
        ["/api/v1/order", "/api/v1/erp/orders", "/api/v1/erp/slots/{slot_id}/disabled", "/api/v1/menu"]
    {
        assert!(paths.contains_key(path), "{path}");
    }
    assert_eq!(world.rest(Method::GET, "/api/v1/nothing").send().await.unwrap().status().as_u16(), 404);
    let wrong = world.rest(Method::DELETE, "/api/v1/order").send().await.unwrap();
    assert_eq!((wrong.status().as_u16(), wrong.headers()["allow"].to_str().unwrap()), (405, "POST"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_for_a_neighbour_reaches_it_with_its_token_and_its_id() {
    let world = World::start().await;
    let token = world.keys.token("manager", testkit::BRANCH_MAIN);
    let id = format!("slot:{}:1769942700", testkit::BRANCH_MAIN);

    let slots = world.rest(Method::GET, "/api/v1/erp/slots").bearer_auth(&token).send().await.unwrap();
    let closed = world.rest(Method::PUT, &format!("/api/v1/erp/slots/{id}/disabled")).bearer_auth(&token);
    let closed: Value = closed.json(&json!({"disabled": true})).send().await.unwrap().json().await.unwrap();
    let menu =
        world.rest(Method::GET, "/api/v1/menu").header("if-none-match", "\"7-main\"").send().await.unwrap();

    assert_eq!(slots.json::<Value>().await.unwrap()["count"], 0);
    assert_eq!((closed["slot_id"].as_str().unwrap(), &closed["disabled"]), (id.as_str(), &json!(true)));
    assert_eq!(menu.status().as_u16(), 304);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_who_answers() {
    let world = World::start().await;

    let health: Value = world.rest(Method::GET, "/api/v1/health").send().await.unwrap().json().await.unwrap();

    let expected = json!({"status": "ok", "service": "order-gateway", "version": env!("CARGO_PKG_VERSION")});
    assert_eq!(health, expected);
}
