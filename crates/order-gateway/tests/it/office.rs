//! The office page places orders for customers.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{BRANCH_MAIN, BRANCH_NOVOSIBIRSK};

use crate::world::World;

async fn order(world: &World, token: Option<String>, body: &Value) -> (u16, Value) {
    let request = world.rest(Method::POST, "/api/v1/erp/orders").json(body);
    let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn reason(refused: &Value) -> &str {
    let mut details = refused["details"].as_array().unwrap().iter();
    details.find_map(|detail| detail["reason"].as_str()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_sell_at_the_branch_place_orders_for_customers() {
    let world = World::start().await;
    let body = json!({"items": [{"pizza_name": "Маргарита", "quantity": 1}], "channel": "phone"});
    let token = |role: &str, branch: &str| Some(world.keys.token(role, branch));

    let (allowed, answer) = order(&world, token("cashier", BRANCH_MAIN), &body).await;
    assert_eq!(allowed, 200, "{answer}");
    for (token, status, why) in [
        (None, 401, "NOT_SIGNED_IN"),
        (token("cook", BRANCH_MAIN), 403, "ROLE_NOT_ALLOWED"),
        (token("cashier", BRANCH_NOVOSIBIRSK), 403, "BRANCH_NOT_ALLOWED"),
    ] {
        let (refused, details) = order(&world, token, &body).await;
        assert_eq!((refused, reason(&details)), (status, why));
    }
    let order = world.log().await.remove(0);
    assert_eq!((order.channel.as_str(), order.placed_by.is_empty()), ("phone", false));
}

#[tokio::test(flavor = "multi_thread")]
async fn discounts_do_not_exist_yet() {
    let world = World::start().await;
    let body = json!({"items": [{"pizza_name": "Маргарита", "quantity": 1}], "discount_percent": 10});

    let (status, refused) = order(&world, Some(world.keys.chain_token("manager")), &body).await;

    assert_eq!((status, refused["details"][1]["reason"].as_str()), (403, Some("DISCOUNT_NOT_ALLOWED")));
}
