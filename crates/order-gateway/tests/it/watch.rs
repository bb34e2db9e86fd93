//! Watching an order.

use std::time::{Duration, Instant};

use contracts::order::GetOrderRequest;
use testkit::{TestRedis, eventually};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::world::{Odd, SOON, World};

const ID: &str = "019c1a00-0000-7000-8000-00000000abcd";

fn this_order() -> GetOrderRequest {
    GetOrderRequest { order_id: ID.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_sees_the_present_state_then_every_change_until_the_end() {
    let world = World::start().await;
    let mut states = world.orders().watch_order(this_order()).await.unwrap().into_inner();
    let mut seen = Vec::new();

    for (status, version) in [("pending", 1), ("cooking", 3), ("delivered", 6)] {
        world.book.keep(ID, status, version);
        let state = tokio::time::timeout(SOON, states.message()).await.unwrap().unwrap().unwrap();
        seen.push((state.status, state.version));
    }

    assert!(states.message().await.unwrap().is_none(), "the stream goes on after the order has ended");
    assert_eq!(seen.iter().map(|(_, version)| *version).collect::<Vec<_>>(), [1, 3, 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_tells_watchers_at_once() {
    let redis = TestRedis::start().await;
    let world = World::with(Odd { redis_url: redis.url(), ..Odd::default() }).await;
    world.is_ready().await;
    world.book.keep(ID, "pending", 1);
    let cache = cache::Cache::open(&redis.url()).unwrap();
    let mut fastest = Duration::MAX;

    let mut version = 1;
    eventually("a change is told faster than by the clock", SOON, async || {
        let mut states = world.orders().watch_order(this_order()).await.unwrap().into_inner();
        states.message().await.unwrap().unwrap();
        version += 1;
        world.book.keep(ID, "cooking", version);
        let begun = Instant::now();
        cache.publish("order:status:changed", &format!("{{\"order_id\":\"{ID}\"}}")).await.unwrap();
        states.message().await.unwrap().unwrap();
        fastest = fastest.min(begun.elapsed());
        fastest < Duration::from_secs(1)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn watchers_are_limited() {
    let world = World::start().await;
    world.book.keep(ID, "pending", 1);
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(world.orders().watch_order(this_order()).await.unwrap());
    }

    let refused = world.orders().watch_order(this_order()).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(refused.get_error_details().error_info().unwrap().reason, "OVERLOADED");
    open.clear();

    eventually("a place is free again", SOON, async || {
        world.orders().watch_order(this_order()).await.is_ok()
    })
    .await;
}
