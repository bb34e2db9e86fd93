//! Stores that are away, processes that die.

use std::path::PathBuf;

use contracts::order::PizzaOrder;
use contracts::orders::v1::MarkProcessedRequest;
use order_consumer::service::Service;
use testkit::{Process, TestBroker, TestTopics, eventually, free_port};

use crate::builders::delivery;
use crate::house::{House, SOON, person, signed};

#[tokio::test(flavor = "multi_thread")]
async fn while_postgresql_is_away_orders_wait_and_none_is_skipped() {
    let house = House::start().await;
    let (before, during) = (delivery(), [delivery(), delivery()]);
    house.place(&[&before]).await;

    house.db.go_away().await;
    house.commit(&[&during[0], &during[1]]).await;
    eventually("the service says so", SOON, async || !house.is_ready().await).await;
    house.db.come_back().await;

    let mut events = house.events().await;
    for order in &during {
        events.of(order, 1).await;
    }
    house.ready().await;
    assert_eq!(house.count("SELECT count(*) FROM orders").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_starts_without_postgresql_and_works_when_it_comes() {
    let mut house = House::new().await;
    let order = delivery();
    house.commit(&[&order]).await;
    house.db.go_away().await;

    house.resume().await;
    eventually("the service answers", SOON, async || house.health().await.is_some()).await;
    assert!(!house.is_ready().await);
    house.db.come_back().await;

    house.events().await.of(&order, 1).await;
    house.ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_kafka_orders_are_moved_and_told_of_when_it_comes_back() {
    let mut broker = TestBroker::start().await;
    let mut house = House::over(TestTopics::on(&broker.brokers()).await).await;
    house.resume().await;
    house.ready().await;
    let (order, new) = (delivery(), delivery());
    house.place(&[&order]).await;
    let (_, cook) = person(&house.keys, "cook");
    let mut client = house.client().await;
    broker.kill();

    let wish = MarkProcessedRequest { order_id: order.id.clone(), expected_version: Some(1) };
    let done = client.mark_processed(signed(&cook, wish)).await.unwrap().into_inner();
    eventually("the service says so", SOON, async || !house.is_ready().await).await;
    broker.resume().await;

    assert_eq!(done.version, 4);
    let mut events = house.events().await;
    assert_eq!(events.of(&order, 4).await.to_status, "ready");
    house.place(&[&new]).await;
    house.ready().await;
    // before its broker goes: a service that is only dropped waits for it
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_refuses_a_schema_it_does_not_know() {
    let mut house = House::new().await;
    let mut conn = house.db.connect("orders").await;
    diesel_async::RunQueryDsl::execute(
        diesel::sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')"),
        &mut conn,
    )
    .await
    .unwrap();

    house.resume().await;

    assert!(house.ended().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_again_and_again_stores_every_order_once_and_tells_all() {
    let house = House::new().await;
    let orders: Vec<PizzaOrder> = (0..300).map(|_| delivery()).collect();
    let mut process = as_process(&house);
    process.run("migrate");
    let mut events = house.events().await;

    for (round, part) in orders.chunks(100).enumerate() {
        process.start();
        house.commit(&part.iter().collect::<Vec<_>>()).await;
        let stored = i64::try_from(round * 100 + 20).unwrap();
        eventually("some orders are stored", SOON, async || {
            house.count("SELECT count(*) FROM orders").await >= stored
        })
        .await;
        process.kill();
    }
    process.start();

    for order in &orders {
        events.of(order, 1).await;
    }
    assert_eq!(house.count("SELECT count(*) FROM orders").await, 300);
    assert_eq!(house.count("SELECT count(*) FROM order_items").await, 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_before_a_stop_is_not_read_again() {
    let mut house = House::start().await;
    let (before, after) = (delivery(), delivery());
    house.place(&[&before]).await;

    house.stop().await;
    house.commit(&[&after]).await;
    house.resume().await;

    let mut events = house.events().await;
    events.of(&after, 1).await;
    assert_eq!(events.count(&before, 1), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weak_secret_is_refused_outside_of_development() {
    let house = House::new().await;
    let mut config = house.config();
    config.process.env = "production".to_owned();
    config.identity.internal_secret = "secret".to_owned().into();

    assert!(Service::bind(&config).await.is_err());
}

fn as_process(house: &House) -> Process {
    let folder = std::env::temp_dir().join(format!("order-consumer-{}", house.topics.prefix()));
    std::fs::create_dir_all(&folder).unwrap();
    Process::new("order-consumer", PathBuf::from(env!("CARGO_BIN_EXE_order-consumer")), &folder)
        .env("ENV", "development")
        .env("HOST", "127.0.0.1")
        .env("GRPC_PORT", free_port().to_string())
        .env("OPS_PORT", free_port().to_string())
        .env("DATABASE_URL", house.db.url())
        .env("REDIS_URL", house.redis.url())
        .env("KAFKA_BROKERS", house.topics.brokers())
        .env("KAFKA_TOPIC_PREFIX", house.topics.prefix())
        .env("JWT_PUBLIC_KEY", house.keys.public_pem())
        .env("INTERNAL_SECRET", house.keys.internal_secret())
}
