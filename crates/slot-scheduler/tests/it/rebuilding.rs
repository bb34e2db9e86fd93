//! Lost memory and restarts.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use contracts::slots::v1 as pb;
use diesel_async::SimpleAsyncConnection as _;
use testkit::eventually;
use tonic::Code;

use crate::world::{PATIENCE, World, at, reason, record};

/// Loads of every slot of the day, in every dimension.
async fn loads(world: &World) -> BTreeMap<String, (Vec<i64>, i32)> {
    let slots = world.slots("10:00", 18 * 60).await;
    let load = |slot: &pb::Slot| slot.dimensions.iter().map(|dimension| dimension.load).collect();
    slots.iter().map(|slot| (slot.slot_id.clone(), (load(slot), slot.confirmed_count))).collect()
}

async fn all_confirmed(world: &World, orders: i32) {
    eventually("every order is confirmed", PATIENCE, async || {
        loads(world).await.values().map(|(_, confirmed)| confirmed).sum::<i32>() == orders
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slt_19_a_store_that_was_emptied_is_filled_again_from_the_log() {
    let world = World::open().await;
    let mut highest = 0;
    for number in 0..299 {
        highest = highest.max(world.place(300 + number).await.display_number);
    }
    let keyed = pb::AssignSlotRequest {
        key_scope: "customer".to_owned(),
        key: "k1".to_owned(),
        fingerprint: vec![1, 2, 3],
        ..world.request(77)
    };
    let first = world.assign(keyed.clone()).await.unwrap();
    world.tell(&record(&keyed, &first)).await;
    highest = highest.max(first.display_number);
    all_confirmed(&world, 300).await;
    disable(&world, "20:00").await;
    let before = loads(&world).await;

    // A rebuild waits for this lock, so that the call meets the empty store.
    let mut blocked = world.db.connect("slots").await;
    blocked
        .batch_execute("SELECT pg_advisory_lock_shared(hashtextextended('slots:memory', 0))")
        .await
        .unwrap();
    world.redis.forget().await;
    let refused = world.assign(world.request(100)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::Unavailable, "SLOTS_REBUILDING"));
    blocked.batch_execute("SELECT pg_advisory_unlock_all()").await.unwrap();

    world.ready().await;
    assert_eq!(loads(&world).await, before);
    assert!(world.slot("20:00").await.disabled);
    let again = pb::AssignSlotRequest { order_id: world.new_order().to_string(), ..keyed };
    let again = world.assign(again).await.unwrap();
    assert_eq!((&again.order_id, again.replayed, again.confirmed), (&first.order_id, true, true));
    assert_eq!(world.hold(100).await.display_number, highest + 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_the_log_has_not_told_of_keep_their_numbers_to_themselves() {
    let world = World::open().await;
    let tomorrow = || pb::AssignSlotRequest {
        preferred: Some((at("12:00") + TimeDelta::days(1)).into()),
        ..world.request(100)
    };
    let first = world.assign(tomorrow()).await.unwrap();
    assert_eq!(first.display_number, 1);

    world.redis.forget().await;
    world.ready().await;

    let second = world.assign(tomorrow()).await.unwrap();
    assert_eq!((second.business_date, second.display_number), (first.business_date, 101));
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_given_out_between_two_losses_are_not_given_out_again() {
    let world = World::open().await;
    let mut numbers = vec![world.hold(100).await.display_number];

    for _ in 0..2 {
        world.redis.forget().await;
        world.ready().await;
        // none of these comes to the log
        numbers.push(world.hold(100).await.display_number);
    }

    assert_eq!(numbers, [1, 101, 201]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_was_killed_forgets_no_order() {
    let mut world = World::open().await;
    world.place(900).await;
    world.place(500).await;
    all_confirmed(&world, 2).await;
    let before = loads(&world).await;

    world.redis.kill();
    let refused = world.assign(world.request(100)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::Unavailable, "SLOTS_DOWN"));
    world.redis.resume().await;

    eventually("the loads are back", PATIENCE, async || {
        world.client().list_slots(world.with_role("manager", pb::ListSlotsRequest::default())).await.is_ok()
            && loads(&world).await == before
    })
    .await;
    world.ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_orders_holds_settings_and_numbers() {
    let mut world = World::open().await;
    world.place(900).await;
    all_confirmed(&world, 1).await;
    let held = world.request(500);
    let first = world.assign(held.clone()).await.unwrap();
    let patch = pb::UpdateSlotConfigRequest { limit_orders: Some(3), ..Default::default() };
    world.client().update_slot_config(world.with_role("manager", patch)).await.unwrap();
    disable(&world, "10:30").await;

    world.stop().await;
    world.clock.advance(TimeDelta::seconds(30));
    world.start().await;

    let again = world.assign(held).await.unwrap();
    assert_eq!((again.replayed, again.slot_start), (true, first.slot_start));
    let slot = world.slot("10:15").await;
    assert_eq!((slot.current_load, slot.confirmed_count, slot.held_count), (1_400, 1, 1));
    assert_eq!(slot.dimensions[1].limit, Some(3));
    assert!(world.slot("10:30").await.disabled);
    assert_eq!(world.hold(1).await.display_number, 3);
}

async fn disable(world: &World, time: &str) {
    let slot_id = format!("slot:{}", at(time).timestamp());
    let request = pb::SetSlotDisabledRequest { slot_id, disabled: true };
    world.client().set_slot_disabled(world.with_role("manager", request)).await.unwrap();
}
