//! Moving and cancelling orders.

use std::collections::HashMap;

use chrono::TimeDelta;
use contracts::events::v1::order_event::Type;
use contracts::order::PizzaOrder;
use contracts::orders::v1::{CancelOrderRequest, MarkProcessedRequest, UpdateOrderStatusRequest};
use testkit::BRANCH_NOVOSIBIRSK;
use tonic::Code;

use crate::builders::{delivery, now, pickup, visible_at};
use crate::house::{House, get, keyed, person, refusal, signed};

fn to(order: &PizzaOrder, status: &str) -> UpdateOrderStatusRequest {
    let (order_id, status) = (order.id.clone(), status.to_owned());
    UpdateOrderStatusRequest { order_id, status, ..UpdateOrderStatusRequest::default() }
}

fn cancel(order: &PizzaOrder, reason: &str) -> CancelOrderRequest {
    let (order_id, reason) = (order.id.clone(), reason.to_owned());
    CancelOrderRequest { order_id, reason, ..CancelOrderRequest::default() }
}

fn processed(order: &PizzaOrder) -> MarkProcessedRequest {
    MarkProcessedRequest { order_id: order.id.clone(), expected_version: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn ord_18_of_two_tablets_with_one_version_one_moves_the_order_and_the_other_learns_the_truth() {
    let house = House::start().await;
    let order = visible_at(now() + TimeDelta::seconds(1));
    house.place(&[&order]).await;
    let mut events = house.events().await;
    assert_eq!(events.of(&order, 2).await.r#type(), Type::Visible);
    let (_, cook) = person(&house.keys, "cook");
    let (mut one, mut other) = (house.client().await, house.client().await);
    one.update_order_status(signed(&cook, to(&order, "preparing"))).await.unwrap();

    let wish = UpdateOrderStatusRequest { expected_version: Some(3), ..to(&order, "cooking") };
    let (first, second) = tokio::join!(
        one.update_order_status(signed(&cook, wish.clone())),
        other.update_order_status(signed(&cook, wish)),
    );

    let (won, lost) = if first.is_ok() { (first, second) } else { (second, first) };
    assert_eq!(won.unwrap().into_inner().version, 4);
    let (code, reason, facts) = refusal(&lost.unwrap_err());
    assert_eq!((code, reason.as_str()), (Code::Aborted, "VERSION_CONFLICT"));
    assert_eq!((facts["version"].as_str(), facts["status"].as_str()), ("4", "cooking"));
    assert!(facts["changed_by"].starts_with("staff:"));
    let truth: serde_json::Value = serde_json::from_str(&facts["order"]).unwrap();
    assert_eq!(truth["version"], 4);
    assert_eq!(events.of(&order, 4).await.to_status, "cooking");
}

#[tokio::test(flavor = "multi_thread")]
async fn ord_19_processed_passes_every_status_once_and_repeating_it_tells_nothing() {
    let house = House::start().await;
    let (order, next) = (delivery(), delivery());
    house.place(&[&order, &next]).await;
    let (_, cook) = person(&house.keys, "cook");
    let mut client = house.client().await;

    let done = client.mark_processed(signed(&cook, processed(&order))).await.unwrap().into_inner();
    let again = client.mark_processed(signed(&cook, processed(&order))).await.unwrap().into_inner();
    client.mark_processed(signed(&cook, processed(&next))).await.unwrap();

    assert_eq!((done.version, again.version), (4, 4));
    assert_eq!(
        done.order.unwrap().items.iter().map(|item| item.status.clone()).collect::<Vec<_>>(),
        ["completed", "completed"]
    );
    let mut events = house.events().await;
    events.of(&next, 4).await;
    let told = events.heard.iter().filter(|(event, _)| event.order_id == order.id);
    let path: Vec<_> = told.map(|(event, _)| (event.version, event.to_status.as_str())).collect();
    assert_eq!(path, [(1, "pending"), (2, "preparing"), (3, "cooking"), (4, "ready")]);
    let ready = events.of(&order, 4).await;
    assert_eq!(ready.from_status, "cooking");
    let state = ready.order.unwrap();
    let history: Vec<_> = state.history.iter().map(|change| change.status.as_str()).collect();
    assert_eq!(history, ["pending", "preparing", "cooking", "ready"]);
    assert_eq!(state.items.iter().map(|item| item.version).collect::<Vec<_>>(), [3, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ord_23_another_couriers_order_and_a_jump_over_the_kitchen_are_refused() {
    let house = House::start().await;
    let (order, untouched) = (delivery(), delivery());
    house.place(&[&order, &untouched]).await;
    let (_, manager) = person(&house.keys, "manager");
    let ((anna, annas), (_, boris)) = (person(&house.keys, "courier"), person(&house.keys, "courier"));
    let mut client = house.client().await;
    client.mark_processed(signed(&manager, processed(&order))).await.unwrap();
    let hand = UpdateOrderStatusRequest { courier_id: anna.to_string(), ..to(&order, "delivery") };
    client.update_order_status(signed(&manager, hand)).await.unwrap();

    let other = client.update_order_status(signed(&boris, to(&order, "delivered"))).await.unwrap_err();
    let jump = client.update_order_status(signed(&manager, to(&untouched, "ready"))).await.unwrap_err();
    let own = client.update_order_status(signed(&annas, to(&order, "delivered"))).await.unwrap().into_inner();

    let (code, reason, _) = refusal(&other);
    assert_eq!((code, reason.as_str()), (Code::PermissionDenied, "ROLE_NOT_ALLOWED"));
    let (code, reason, facts) = refusal(&jump);
    assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "ILLEGAL_TRANSITION"));
    assert_eq!(facts["allowed"], "preparing,cancelled");
    assert_eq!(own.order.unwrap().status, "delivered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_repeated_with_its_key_gets_the_first_answer() {
    let house = House::start().await;
    let order = pickup();
    house.place(&[&order]).await;
    let (_, cook) = person(&house.keys, "cook");
    let (mut one, mut other) = (house.client().await, house.client().await);

    let wish = || keyed(&cook, "c-1", to(&order, "preparing"));
    let (first, second) = tokio::join!(one.update_order_status(wish()), other.update_order_status(wish()));
    one.update_order_status(signed(&cook, to(&order, "cooking"))).await.unwrap();
    let late = one.update_order_status(wish()).await.unwrap().into_inner();
    let misused = one.update_order_status(keyed(&cook, "c-1", to(&order, "ready"))).await.unwrap_err();

    let (first, second) = (first.unwrap().into_inner(), second.unwrap().into_inner());
    assert_eq!([first.replayed, second.replayed].iter().filter(|replayed| **replayed).count(), 1);
    assert_eq!(first.order, second.order);
    assert_eq!((late.version, late.replayed), (2, true));
    assert_eq!(refusal(&misused).1, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(misused.code(), Code::AlreadyExists);
    assert_eq!(house.count("SELECT count(*) FROM order_history").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_a_foreign_branch_does_not_exist() {
    let house = House::start().await;
    let order = delivery();
    house.place(&[&order]).await;
    let mut client = house.client().await;
    let foreign = house.keys.token("manager", BRANCH_NOVOSIBIRSK);
    let technologist = house.keys.chain_token("technologist");

    let read = client.get_order(signed(&foreign, get(&order))).await.unwrap_err();
    let moved = client.update_order_status(signed(&foreign, to(&order, "preparing"))).await.unwrap_err();
    let ended = client.cancel_order(signed(&foreign, cancel(&order, "test"))).await.unwrap_err();
    let nobody = client.mark_processed(processed(&order)).await.unwrap_err();
    let without_role = client.mark_processed(signed(&technologist, processed(&order))).await.unwrap_err();

    for status in [read, moved, ended] {
        assert_eq!((status.code(), refusal(&status).1.as_str()), (Code::NotFound, "NOT_FOUND"));
    }
    assert_eq!(refusal(&nobody), (Code::Unauthenticated, "NOT_SIGNED_IN".to_owned(), HashMap::new()));
    assert_eq!(without_role.code(), Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_needs_a_reason_and_is_told_with_it() {
    let house = House::start().await;
    let order = delivery();
    house.place(&[&order]).await;
    let ((_, cook), (_, cashier)) = (person(&house.keys, "cook"), person(&house.keys, "cashier"));
    let mut client = house.client().await;

    let wordless = client.cancel_order(signed(&cashier, cancel(&order, "other"))).await.unwrap_err();
    let unknown = client.cancel_order(signed(&cashier, cancel(&order, "boredom"))).await.unwrap_err();
    let by_cook = client.cancel_order(signed(&cook, cancel(&order, "test"))).await.unwrap_err();
    let done = client.cancel_order(signed(&cashier, cancel(&order, "duplicate"))).await.unwrap().into_inner();
    let again = client.cancel_order(signed(&cashier, cancel(&order, "test"))).await.unwrap().into_inner();

    assert_eq!(refusal(&wordless).1, "REASON_REQUIRED");
    assert_eq!(refusal(&unknown).1, "REASON_UNKNOWN");
    assert_eq!(refusal(&by_cook).1, "ROLE_NOT_ALLOWED");
    let seen = done.order.unwrap();
    assert_eq!((seen.status.as_str(), seen.cancel_reason.as_deref()), ("cancelled", Some("duplicate")));
    assert_eq!((done.version, again.version), (2, 2));
    let told = house.events().await.of(&order, 2).await;
    assert_eq!(told.r#type(), Type::Cancelled);
    let state = told.order.unwrap();
    assert_eq!(state.cancel_reason, "duplicate");
    assert!(state.items.iter().all(|item| item.status == "cancelled"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_for_later_is_started_early_by_a_manager_and_shown_by_that() {
    let house = House::start().await;
    let order = visible_at(now() + TimeDelta::hours(3));
    house.place(&[&order]).await;
    let ((_, cook), (_, manager)) = (person(&house.keys, "cook"), person(&house.keys, "manager"));
    let mut client = house.client().await;
    let early = UpdateOrderStatusRequest { early: true, ..to(&order, "preparing") };

    let refused = client.update_order_status(signed(&cook, early.clone())).await.unwrap_err();
    let started = client.update_order_status(signed(&manager, early)).await.unwrap().into_inner();

    assert_eq!(refusal(&refused).1, "NOT_YET_VISIBLE");
    let seen = started.order.unwrap();
    assert!(seen.shown);
    let states: Vec<_> = seen.items.iter().map(|item| (item.status.as_str(), item.version)).collect();
    assert_eq!(states, [("preparing", 2), ("pending", 1)]);
}
