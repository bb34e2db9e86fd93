//! What the log does to holds.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use testkit::{at_best_within, eventually};

use crate::world::{PATIENCE, World, record};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_the_log_keeps_its_place_until_it_is_cancelled() {
    let world = World::open().await;
    let request = world.request(1_496);
    let place = world.assign(request.clone()).await.unwrap();
    let order = record(&request, &place);

    world.tell(&order).await;
    world.confirmed_become("10:15", 1).await;
    let slot = world.slot("10:15").await;
    assert_eq!((slot.current_load, slot.held_count), (1_496, 0));
    let again = world.assign(request.clone()).await.unwrap();
    assert_eq!((again.replayed, again.confirmed), (true, true));

    // the same record once more changes nothing, nor does time
    world.tell(&order).await;
    world.clock.advance(TimeDelta::minutes(5));
    world.place(100).await;
    world.confirmed_become("10:15", 2).await;
    assert_eq!(world.slot("10:15").await.current_load, 1_596);

    world.cancel(&order).await;
    world.load_becomes("10:15", 100).await;
    world.tell(&order).await;
    world.cancel(&order).await;
    world.place(1).await;
    world.confirmed_become("10:15", 2).await;
    assert_eq!(world.slot("10:15").await.current_load, 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn ord_20_a_cancel_gives_the_capacity_back_within_a_second() {
    let world = World::open().await;

    at_best_within("a cancelled order is freed", Duration::from_secs(1), async || {
        let request = world.request(1_496);
        let order = record(&request, &world.assign(request.clone()).await.unwrap());
        world.tell(&order).await;
        world.confirmed_become("10:15", 1).await;
        let start = Instant::now();
        world.cancel(&order).await;
        world.load_becomes("10:15", 0).await;
        start.elapsed()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slt_12_a_hold_that_nothing_followed_ends_after_a_minute() {
    let world = World::open().await;
    world.hold(900).await;

    world.clock.advance(TimeDelta::seconds(61));

    world.load_becomes("10:15", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slt_13_a_reader_that_lags_ends_no_hold() {
    let world = World::open().await;
    let request = world.request(900);
    let place = world.assign(request.clone()).await.unwrap();
    let forgotten = world.hold(100).await;
    assert!(!forgotten.replayed);

    let mut blocked = world.db.connect("slots").await;
    let lock = "SELECT pg_advisory_lock(hashtextextended('slots:memory', 0))";
    blocked.batch_execute(lock).await.unwrap();
    world.tell(&record(&request, &place)).await;
    world.clock.advance(TimeDelta::seconds(90));
    // Two turns of the job that ends holds: nothing may happen, so there is nothing else to wait for.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(world.slot("10:15").await.held_count, 2);

    blocked.batch_execute("SELECT pg_advisory_unlock_all()").await.unwrap();
    world.load_becomes("10:15", 900).await;
    assert_eq!(world.slot("10:15").await.confirmed_count, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn slt_14_an_order_whose_hold_has_ended_is_booked_whatever_the_load() {
    let world = World::open().await;
    let request = world.request(900);
    let place = world.assign(request.clone()).await.unwrap();
    world.clock.advance(TimeDelta::seconds(61));
    world.load_becomes("10:15", 0).await;
    world.hold(10_000).await;

    world.tell(&record(&request, &place)).await;

    world.load_becomes("10:15", 10_900).await;
    let slot = world.slot("10:15").await;
    let late = slot.orders.iter().find(|order| order.order_id == place.order_id).unwrap();
    assert_eq!((late.state.as_str(), late.over), ("confirmed", true));
    assert_eq!(slot.load_percent, 109);
    let again = world.assign(request).await.unwrap();
    assert_eq!((again.confirmed, again.slot_start), (true, place.slot_start));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_above_a_limit_is_noted_so_even_if_the_first_note_was_lost() {
    let world = World::open().await;
    let request = world.request(900);
    let order = record(&request, &world.assign(request.clone()).await.unwrap());
    world.clock.advance(TimeDelta::seconds(61));
    world.load_becomes("10:15", 0).await;
    world.hold(10_000).await;
    world.tell(&order).await;
    eventually("the order is noted as over", PATIENCE, async || noted_as_over(&world).await == 1).await;

    // as if the service had ended after it told Redis and before it wrote the note
    world.db.connect("slots").await.batch_execute("UPDATE reservations SET over = false").await.unwrap();
    world.tell(&order).await;

    eventually("the order is noted again", PATIENCE, async || noted_as_over(&world).await == 1).await;
}

/// How many orders the tables know as booked above a limit.
async fn noted_as_over(world: &World) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        orders: i64,
    }
    let mut conn = world.db.connect("slots").await;
    let count = diesel::sql_query("SELECT count(*) AS orders FROM reservations WHERE over");
    count.get_result::<Row>(&mut conn).await.unwrap().orders
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_that_overtakes_its_order_wins() {
    let world = World::open().await;
    let request = world.request(900);
    let place = world.assign(request.clone()).await.unwrap();
    let order = record(&request, &place);

    world.cancel(&order).await;
    world.load_becomes("10:15", 0).await;
    world.tell(&order).await;
    world.place(1).await;

    world.confirmed_become("10:15", 1).await;
    assert_eq!(world.slot("10:15").await.current_load, 1);
    eventually("a repeat of the cancelled order commits nothing", PATIENCE, async || {
        world.assign(request.clone()).await.unwrap().confirmed
    })
    .await;
}
