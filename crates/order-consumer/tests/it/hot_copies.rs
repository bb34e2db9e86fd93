//! The hot copies in Redis: filled, followed, repaired.

use std::sync::Arc;
use std::time::Duration;

use cache::Cache;
use chassis::clock::ManualClock;
use chassis::{Health, SystemClock, SystemIds};
use chrono::TimeDelta;
use contracts::order::PizzaOrder;
use contracts::orders::v1::{CancelOrderRequest, UpdateOrderStatusRequest};
use domain::ids::OrderId;
use futures_util::StreamExt as _;
use order_consumer::app::App;
use order_consumer::jobs::hot_state::Repair;
use order_consumer::storage::NewOrder;
use order_consumer::storage::hot::HotState;
use prost::Message as _;
use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;
use testkit::{BRANCH_MAIN, TestRedis, eventually};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::builders::{delivery, now, visible_at};
use crate::house::{House, SOON, person, signed};

/// Names that Redis cannot give in the half second that it has for an answer.
const MANY: u128 = 600_000;
const LONG: Duration = Duration::from_mins(3);

async fn members(redis: &mut MultiplexedConnection, set: &str) -> Vec<String> {
    redis.zrange(format!("orders:{set}:{BRANCH_MAIN}"), 0, -1).await.unwrap()
}

async fn version(redis: &mut MultiplexedConnection, order: &PizzaOrder) -> Option<i64> {
    let copy: Option<String> = redis.get(format!("order:{}", order.id)).await.unwrap();
    serde_json::from_str::<serde_json::Value>(&copy?).unwrap()["version"].as_i64()
}

async fn is_live(redis: &TestRedis, order: &PizzaOrder, at: i64) {
    eventually("Redis has the order", SOON, async || {
        let mut redis = redis.connect().await;
        members(&mut redis, "live").await.contains(&order.id) && version(&mut redis, order).await == Some(at)
    })
    .await;
}

/// Begins to cook an order.
async fn move_on(house: &House, order: &PizzaOrder) {
    let (_, manager) = person(&house.keys, "manager");
    let wish = UpdateOrderStatusRequest {
        order_id: order.id.clone(),
        status: "preparing".to_owned(),
        ..UpdateOrderStatusRequest::default()
    };
    house.client().await.update_order_status(signed(&manager, wish)).await.unwrap();
}

/// Takes a copy away behind the service's back.
async fn forget_copy(redis: &mut MultiplexedConnection, order: &PizzaOrder) {
    let gone: usize = redis.del(format!("order:{}", order.id)).await.unwrap();
    assert_eq!(gone, 1);
}

/// Puts something where the version of a copy belongs, so that Redis refuses to write the copy.
async fn spoil(redis: &mut MultiplexedConnection, order: &PizzaOrder) {
    let version = format!("order:{}:version", order.id);
    let () = redis::pipe().del(&version).rpush(&version, "no number").query_async(redis).await.unwrap();
}

/// Takes what [`spoil`] has put there away.
async fn mend(redis: &mut MultiplexedConnection, order: &PizzaOrder) {
    let () = redis.del(format!("order:{}:version", order.id)).await.unwrap();
}

/// How often Redis was asked for a value, as for the epoch at each look of the job.
async fn looks(redis: &mut MultiplexedConnection) -> u64 {
    let said: String = redis::cmd("INFO").arg("commandstats").query_async(redis).await.unwrap();
    let count = said.lines().find_map(|line| line.strip_prefix("cmdstat_get:calls=")?.split(',').next());
    count.map_or(0, |count| count.parse().unwrap())
}

/// How often Redis has refused to take a copy.
async fn refusals(redis: &mut MultiplexedConnection) -> u64 {
    let said: String = redis::cmd("INFO").arg("errorstats").query_async(redis).await.unwrap();
    let count = said.lines().find_map(|line| line.strip_prefix("errorstat_WRONGTYPE:count="));
    count.map_or(0, |count| count.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_follows_an_order_from_its_beginning_to_a_day_after_its_end() {
    let house = House::start().await;
    let mut redis = house.redis.connect().await;
    let client = redis::Client::open(house.redis.url()).unwrap();
    let mut ears = client.get_async_pubsub().await.unwrap();
    ears.subscribe(&["order:created", "order:status:changed"]).await.unwrap();
    let (order, later) = (delivery(), visible_at(now() + TimeDelta::hours(1)));

    house.commit(&[&order, &later]).await;
    is_live(&house.redis, &order, 1).await;

    let copy: String = redis.get(format!("order:{}", order.id)).await.unwrap();
    let copy: serde_json::Value = serde_json::from_str(&copy).unwrap();
    assert_eq!(copy["customer_phone"], "+79123456789");
    assert_eq!(copy["items"][0]["pizza_name"], "Маргарита");
    let score: i64 = redis.zscore(format!("orders:live:{BRANCH_MAIN}"), &order.id).await.unwrap();
    assert_eq!(score, order.slot_start);
    eventually("the other one waits", SOON, async || {
        members(&mut redis, "pending").await == [later.id.as_str()]
    })
    .await;

    let (_, cashier) = person(&house.keys, "cashier");
    let (order_id, reason) = (order.id.clone(), "test".to_owned());
    let wish = CancelOrderRequest { order_id, reason, ..CancelOrderRequest::default() };
    house.client().await.cancel_order(signed(&cashier, wish)).await.unwrap();

    eventually("it has left the live orders", SOON, async || members(&mut redis, "live").await.is_empty())
        .await;
    let status: String = redis.get(format!("order:{}:status", order.id)).await.unwrap();
    let ttl: i64 = redis.ttl(format!("order:{}", order.id)).await.unwrap();
    assert_eq!(status, "cancelled");
    assert!((86_000..=86_400).contains(&ttl), "{ttl}");
    let mut told = Vec::new();
    let mut said = ears.on_message();
    while told.len() < 3 {
        let message = tokio::time::timeout(SOON, said.next()).await.unwrap().unwrap();
        let payload: serde_json::Value = serde_json::from_slice(message.get_payload_bytes()).unwrap();
        told.push((message.get_channel_name().to_owned(), payload));
    }
    let own: Vec<_> = told.iter().filter(|(_, payload)| payload["order_id"] == order.id.as_str()).collect();
    assert_eq!((own[0].0.as_str(), own[1].0.as_str()), ("order:created", "order:status:changed"));
    assert_eq!((&own[1].1["status"], &own[1].1["version"]), (&"cancelled".into(), &2.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_lost_its_memory_is_filled_again() {
    let house = House::start().await;
    let (order, later) = (delivery(), visible_at(now() + TimeDelta::hours(1)));
    house.place(&[&order, &later]).await;
    is_live(&house.redis, &order, 1).await;

    house.redis.forget().await;

    is_live(&house.redis, &order, 1).await;
    let mut redis = house.redis.connect().await;
    eventually("hidden orders too", SOON, async || {
        members(&mut redis, "pending").await == [later.id.as_str()]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_came_back_with_less_than_it_had_is_filled_again() {
    let mut house = House::start().await;
    let order = delivery();
    house.place(&[&order]).await;
    is_live(&house.redis, &order, 1).await;
    forget_copy(&mut house.redis.connect().await, &order).await;

    house.redis.kill();
    house.redis.resume().await;

    is_live(&house.redis, &order, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_redis_refuses_does_not_make_a_filling_begin_anew() {
    let mut house = House::start().await;
    let (good, bad) = (delivery(), delivery());
    house.place(&[&good, &bad]).await;
    is_live(&house.redis, &bad, 1).await;
    house.stop().await;
    house.redis.forget().await;
    let mut redis = house.redis.connect().await;
    spoil(&mut redis, &bad).await;
    redis::cmd("CONFIG").arg("RESETSTAT").exec_async(&mut redis).await.unwrap();

    house.resume().await;

    is_live(&house.redis, &good, 1).await;
    eventually("the bad copy was tried again and again", SOON, async || refusals(&mut redis).await > 3).await;
    let fillings: Vec<String> = redis.keys("orders:epoch:filling:*").await.unwrap();
    assert_eq!(fillings.len(), 1, "{fillings:?}");
    assert!(!house.is_ready().await);
    mend(&mut redis, &bad).await;
    is_live(&house.redis, &bad, 1).await;
    house.ready().await;
    let fillings: Vec<String> = redis.keys("orders:epoch:filling:*").await.unwrap();
    assert!(fillings.is_empty(), "{fillings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_copies_only_those_that_redis_refused_are_written_again() {
    let house = House::start().await;
    let (moved, other) = (delivery(), delivery());
    house.place(&[&moved, &other]).await;
    is_live(&house.redis, &moved, 1).await;
    is_live(&house.redis, &other, 1).await;
    let mut redis = house.redis.connect().await;
    forget_copy(&mut redis, &other).await;
    spoil(&mut redis, &moved).await;

    move_on(&house, &moved).await;

    eventually("the service says that a copy is missing", SOON, async || !house.is_ready().await).await;
    mend(&mut redis, &moved).await;
    is_live(&house.redis, &moved, 2).await;
    house.ready().await;
    assert_eq!(version(&mut redis, &other).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_orders_than_are_read_at_once_are_all_filled_again() {
    let house = House::start().await;
    let orders: Vec<PizzaOrder> = (0..1_200).map(|_| delivery()).collect();
    house.place(&orders.iter().collect::<Vec<_>>()).await;
    let mut redis = house.redis.connect().await;
    eventually("all are in Redis", SOON, async || members(&mut redis, "live").await.len() == orders.len())
        .await;

    house.redis.forget().await;

    eventually("all are there again", SOON, async || members(&mut redis, "live").await.len() == orders.len())
        .await;
    assert_eq!(version(&mut redis, &orders[0]).await, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_live_orders_than_redis_can_name_at_once_do_not_keep_it_from_being_filled() {
    let house = House::start().await;
    let order = delivery();
    house.place(&[&order]).await;
    is_live(&house.redis, &order, 1).await;
    let mut redis = house.redis.connect().await;
    let live = format!("orders:live:{}", order.branch_id);
    // as if they had been stored and had ended while nobody wrote copies
    for part in 0..MANY / 10_000 {
        let mut many = redis::cmd("ZADD");
        many.arg(&live);
        for number in 0..10_000_u128 {
            let id = OrderId::from_uuid(Uuid::from_u128(part * 10_000 + number));
            many.arg(1).arg(id.to_string());
        }
        let _: u64 = many.query_async(&mut redis).await.unwrap();
    }

    let _: u64 = redis.del("orders:epoch").await.unwrap();

    eventually("only the live one is left", LONG, async || {
        redis.zcard::<_, u64>(&live).await.is_ok_and(|left| left == 1)
    })
    .await;
    house.ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_orders_are_stored_moved_and_told_of_and_redis_catches_up() {
    let mut house = House::start().await;
    let (moved, ended, new) = (delivery(), delivery(), delivery());
    house.place(&[&moved, &ended]).await;
    is_live(&house.redis, &ended, 1).await;
    house.redis.kill();

    house.place(&[&new]).await;
    move_on(&house, &moved).await;
    let (_, manager) = person(&house.keys, "manager");
    let (order_id, reason) = (ended.id.clone(), "test".to_owned());
    let wish = CancelOrderRequest { order_id, reason, ..CancelOrderRequest::default() };
    house.client().await.cancel_order(signed(&manager, wish)).await.unwrap();
    let mut events = house.events().await;
    assert_eq!(events.of(&moved, 2).await.to_status, "preparing");
    assert_eq!(events.of(&ended, 2).await.to_status, "cancelled");
    house.redis.resume().await;

    is_live(&house.redis, &new, 1).await;
    is_live(&house.redis, &moved, 2).await;
    let mut redis = house.redis.connect().await;
    eventually("the ended one is gone", SOON, async || {
        !members(&mut redis, "live").await.contains(&ended.id) && version(&mut redis, &ended).await == Some(2)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_starts_without_redis_and_fills_it_when_it_comes() {
    let mut house = House::new().await;
    let order = delivery();
    house.commit(&[&order]).await;
    house.redis.kill();

    house.resume().await;

    house.events().await.of(&order, 1).await;
    let health = house.health().await.unwrap();
    let redis = health["checks"].as_array().unwrap().iter().find(|check| check["name"] == "redis").unwrap();
    assert_eq!((&health["ready"], &redis["up"]), (&false.into(), &false.into()));
    house.redis.resume().await;
    is_live(&house.redis, &order, 1).await;
    tokio::time::timeout(Duration::from_mins(1), house.ready()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_nobody_remembers_to_be_old_is_written_again_within_a_quarter_of_an_hour() {
    let house = House::new().await;
    let pool = store::Pool::open(&house.config().store).unwrap();
    let app = Arc::new(App::new(pool, Arc::new(SystemClock)));
    let order = delivery();
    let payload = order.encode_to_vec();
    let accepted = contracts::record::accepted(&payload, 1).unwrap();
    app.persist(vec![NewOrder { accepted, bytes: payload.into() }]).await.unwrap();
    let (clock, health, stop) = (Arc::new(ManualClock::at(now())), Health::new(), CancellationToken::new());
    let job = Repair {
        app,
        hot: Arc::new(HotState::new(Cache::open(&house.redis.url()).unwrap())),
        health: health.check("hot_state"),
        clock: Arc::<ManualClock>::clone(&clock),
        ids: Arc::new(SystemIds),
    };
    let running = tokio::spawn(job.run(stop.clone()));
    is_live(&house.redis, &order, 1).await;
    eventually("the copies are whole", SOON, async || health.is_ready()).await;
    let mut redis = house.redis.connect().await;

    forget_copy(&mut redis, &order).await;
    clock.advance(TimeDelta::minutes(14));
    let looked = looks(&mut redis).await;
    // the look that was underway, and two that know of the time
    eventually("the job looks again", SOON, async || looks(&mut redis).await > looked + 2).await;
    assert_eq!(version(&mut redis, &order).await, None, "too early");
    clock.advance(TimeDelta::minutes(1));

    eventually("it is there again", SOON, async || {
        assert!(health.is_ready());
        version(&mut redis, &order).await == Some(1)
    })
    .await;
    stop.cancel();
    running.await.unwrap();
}
