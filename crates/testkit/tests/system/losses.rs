//! Stores that go away and come back: the services wait, serve what they can, and need no restart.

use std::time::Duration;

use testkit::{BRANCH_MAIN, System, Tablet, eventually};
use tonic::Code;

use crate::customers::{Customer, get, pizza};
use crate::facts::stored_orders;

const SOON: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_orders_are_refused_and_taken_again_when_it_is_back() {
    let mut system = System::start().await;
    let customer = Customer::of(&system);
    customer.place("before", pizza("Маргарита", 1), SOON).await;
    let manager = system.keys.token("manager", BRANCH_MAIN);

    system.redis.kill();

    let refused = customer.try_place("during", pizza("Маргарита", 1)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
    // what was acknowledged is on the log, and is stored without Redis, too
    eventually("the order is stored and read", SOON, async || {
        let (status, orders) = get(&system, "/api/v1/erp/orders", &manager).await;
        assert_eq!(status, 200, "orders are read from PostgreSQL: {orders}");
        orders["count"] == 1
    })
    .await;

    system.redis.resume().await;
    customer.place("during", pizza("Маргарита", 1), SOON).await;
    eventually("both orders are stored", SOON, async || stored_orders(&system).await.len() == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_postgresql_orders_are_taken_and_stored_when_it_is_back() {
    let system = System::start().await;
    let customer = Customer::of(&system);
    customer.place("before", pizza("Маргарита", 1), SOON).await;
    eventually("the first is stored", SOON, async || stored_orders(&system).await.len() == 1).await;

    system.db.go_away().await;

    customer.place("during", pizza("Маргарита", 1), SOON).await;
    system.db.come_back().await;
    eventually("both orders are stored", SOON, async || stored_orders(&system).await.len() == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_kafka_nothing_is_acknowledged_and_everything_goes_on_when_it_is_back() {
    let mut system = System::with_own_broker().await;
    let customer = Customer::of(&system);
    let cook = system.keys.token("cook", BRANCH_MAIN);
    customer.place("before", pizza("Маргарита", 1), SOON).await;

    system.broker.as_mut().unwrap().kill();

    let refused = customer.try_place("during", pizza("Маргарита", 1)).await.unwrap_err();
    // on a busy machine the client's own patience may end first
    let waits = matches!(refused.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled);
    assert!(waits, "{refused:?}");

    system.broker.as_mut().unwrap().resume().await;
    customer.place("during", pizza("Маргарита", 1), SOON).await;
    eventually("both orders are stored", SOON, async || stored_orders(&system).await.len() == 2).await;
    let mut tablet = Tablet::connect(&system.tablet_url(), &cook).await;
    let last = customer.place("after", pizza("Маргарита", 1), SOON).await;
    // in a frame of its own, or in the snapshot if that was made after it
    tablet.until(SOON, |frame| frame.to_string().contains(&last.order_id)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_starts_without_its_stores_and_becomes_ready_when_they_are_there() {
    let mut system = System::start().await;
    for name in ["slot-scheduler", "order-consumer", "menu"] {
        system.kill(name);
    }
    system.redis.kill();
    system.db.go_away().await;

    for name in ["slot-scheduler", "order-consumer", "menu"] {
        system.resume(name);
        eventually(&format!("{name} answers"), SOON, async || system.answers(name).await).await;
        assert!(!system.is_ready(name).await, "{name} has no stores");
    }
    system.redis.resume().await;
    system.db.come_back().await;

    for name in ["slot-scheduler", "order-consumer", "menu"] {
        system.ready(name).await;
    }
    Customer::of(&system).place("after", pizza("Маргарита", 1), SOON).await;
}
