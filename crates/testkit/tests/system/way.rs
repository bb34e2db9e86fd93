//! The way of an order: from a mobile app's call to a cook's tablet, and on to `ready`.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{BRANCH_MAIN, BRANCH_NOVOSIBIRSK, System, Tablet};

use crate::customers::{Customer, get, pizza, post, put};

const SOON: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn an_order_travels_from_grpc_to_the_tablet_and_becomes_ready() {
    let system = System::start().await;
    let cook = system.keys.token("cook", BRANCH_MAIN);
    let mut tablet = Tablet::connect(&system.tablet_url(), &cook).await;
    tablet.until(SOON, |frame| frame["type"] == "snapshot").await;

    let order = Customer::of(&system).place("way-1", pizza("маргарита", 1), SOON).await;

    let created = tablet.until(SOON, |frame| frame["type"] == "order:created").await;
    assert_eq!(created["data"]["order"]["id"], order.order_id);
    assert_eq!(created["data"]["order"]["display_id"], order.display_id);
    assert_eq!(created["data"]["order"]["items"][0]["pizza_name"], "Маргарита");
    assert!(created["data"]["order"].get("customer_phone").is_none());

    let update = json!({ "order_id": order.order_id, "status": "preparing", "expected_version": 1 });
    let id = tablet.send("order:status:update", update).await;
    // the answer and the event travel apart: either may come first
    let is_ack = |frame: &Value| frame["type"] == "ack" && frame["data"]["id"] == id.as_str();
    let is_change = |frame: &Value| frame["type"] == "order:status:changed";
    let first = tablet.until(SOON, |frame| is_ack(frame) || is_change(frame)).await;
    let second = tablet.until(SOON, |frame| is_ack(frame) || is_change(frame)).await;
    let (ack, changed) = if is_ack(&first) { (first, second) } else { (second, first) };
    assert_eq!(ack["data"]["version"], 2);
    assert_eq!(changed["data"]["order"]["status"], "preparing");

    let path = format!("/api/v1/erp/orders/{}/processed", order.order_id);
    let (status, body) = post(&system, &path, "way-processed", Some(&cook), &json!({})).await;
    assert_eq!((status, body["order"]["status"].as_str()), (200, Some("ready")));
    tablet.until(SOON, |frame| frame["data"]["order"]["status"] == "ready").await;

    let (_, tracked) = get(&system, &format!("/api/v1/order/{}/track", order.order_id), &cook).await;
    assert_eq!(tracked["status"], "ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn ord_18_of_two_tablets_one_wins_and_the_other_is_shown_the_truth() {
    let system = System::start().await;
    let cook = system.keys.token("cook", BRANCH_MAIN);
    let order = Customer::of(&system).place("race-1", pizza("Пепперони", 1), SOON).await;
    let mut tablets = [
        Tablet::connect(&system.tablet_url(), &cook).await,
        Tablet::connect(&system.tablet_url(), &cook).await,
    ];
    let mentions = |frame: &Value| frame.to_string().contains(&order.order_id);
    for tablet in &mut tablets {
        tablet.until(SOON, mentions).await;
    }

    let update = json!({ "order_id": order.order_id, "status": "preparing", "expected_version": 1 });
    for tablet in &mut tablets {
        tablet.send("order:status:update", update.clone()).await;
    }
    let mut answers = Vec::new();
    for tablet in &mut tablets {
        answers.push(tablet.until(SOON, |frame| frame["type"] == "ack" || frame["type"] == "error").await);
    }

    let lost: Vec<_> = answers.iter().filter(|answer| answer["type"] == "error").collect();
    assert_eq!(lost.len(), 1, "{answers:?}");
    assert_eq!(lost[0]["data"]["reason"], "VERSION_CONFLICT");
    assert_eq!(lost[0]["data"]["order"]["status"], "preparing");
    assert_eq!(lost[0]["data"]["order"]["version"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_orders_for_a_customer_and_sees_only_its_own_branch() {
    let system = System::start().await;
    let manager = system.keys.token("manager", BRANCH_MAIN);
    let stranger = system.keys.token("manager", BRANCH_NOVOSIBIRSK);
    let body = json!({
        "items": [{ "pizza_name": "Маргарита", "quantity": 2, "extras": ["Халапеньо"] }],
        "customer_first_name": "Иван", "customer_phone": "8 (912) 345-67-89",
        "delivery_address": "Тверская, 1", "is_pickup": false, "branch_id": BRANCH_MAIN,
    });

    let (status, placed) = post(&system, "/api/v1/erp/orders", "office-1", Some(&manager), &body).await;
    assert_eq!(status, 200, "{placed}");
    let id = placed["order_id"].as_str().unwrap();
    let path = format!("/api/v1/erp/orders/{id}");
    let seen = testkit::eventually_some("the order is stored", SOON, async || {
        let (status, body) = get(&system, &path, &manager).await;
        (status == 200).then_some(body)
    })
    .await;

    assert_eq!(seen["customer_phone"], "+79123456789");
    assert_eq!(get(&system, &path, &stranger).await.0, 404);
    let (status, refused) =
        get(&system, &format!("/api/v1/erp/orders?branch_id={BRANCH_MAIN}"), &stranger).await;
    assert_eq!(status, 403, "{refused}");
    let (status, _) = put(
        &system,
        &format!("/api/v1/erp/orders/{id}/status"),
        &manager,
        &json!({ "status": "cancelled", "reason": "customer_request" }),
    )
    .await;
    assert_eq!(status, 200);
}
