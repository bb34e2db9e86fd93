//! Slots for orders.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::DateTime;
use contracts::slots::v1 as pb;
use tonic::{Code, Request};

use crate::world::{MAIN, World, at, reason, start_of};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_to_the_first_slot_it_fits() {
    let world = World::open().await;

    // slt_2: limit 10 000, load 9 500
    let places = [world.hold(9_500).await, world.hold(501).await, world.hold(500).await];
    assert_eq!(places.each_ref().map(start_of), ["10:15", "10:30", "10:15"]);
    assert_eq!(places[0].slot_id, format!("slot:{}:{}", MAIN, at("10:15").timestamp()));
    assert_eq!(places.each_ref().map(|place| place.display_id.clone()), ["0001", "0002", "0003"]);
    let full = world.slot("10:15").await;
    assert_eq!((full.current_load, full.state.as_str(), full.held_count), (10_000, "full", 2));

    // slt_3: an order above the limit gets an empty slot for itself, and nothing more fits there
    let large = world.hold(12_000).await;
    assert_eq!(start_of(&large), "10:45");
    let alone = world.slot("10:45").await;
    assert_eq!((alone.current_load, alone.load_percent, alone.state.as_str()), (12_000, 120, "full"));
    let after = pb::AssignSlotRequest { preferred: Some(at("10:45").into()), ..world.request(1) };
    assert_eq!(start_of(&world.assign(after).await.unwrap()), "11:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_call_gets_the_first_answer() {
    let world = World::open().await;

    // slt_4: the same order twice
    let request = world.request(900);
    let first = world.assign(request.clone()).await.unwrap();
    let second = world.assign(request).await.unwrap();
    assert_eq!((first.replayed, second.replayed), (false, true));
    assert_eq!((second.slot_start, second.display_number), (first.slot_start, first.display_number));
    assert_eq!(world.slot("10:15").await.current_load, 900);

    // the same key, another order: the first order with its record, to the byte
    let keyed = pb::AssignSlotRequest {
        key_scope: "customer".to_owned(),
        key: "k1".to_owned(),
        fingerprint: vec![1, 0, 255],
        order: vec![7, 0, 7],
        ..world.request(100)
    };
    let first = world.assign(keyed.clone()).await.unwrap();
    let again =
        pb::AssignSlotRequest { order_id: world.new_order().to_string(), order: vec![8], ..keyed.clone() };
    let second = world.assign(again).await.unwrap();
    assert_eq!((&second.order_id, second.replayed), (&first.order_id, true));
    assert_eq!((second.order, second.confirmed), (vec![7, 0, 7], false));

    // the same key, another request
    let other = pb::AssignSlotRequest {
        order_id: world.new_order().to_string(),
        fingerprint: vec![2],
        ..keyed.clone()
    };
    let refused = world.assign(other).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::AlreadyExists, "IDEMPOTENCY_KEY_REUSED"));

    // a recall answers what is known, and holds nothing new
    let recall =
        pb::AssignSlotRequest { order_id: world.new_order().to_string(), recall: true, ..keyed.clone() };
    let recalled = world.assign(recall.clone()).await.unwrap();
    assert_eq!((&recalled.order_id, recalled.replayed), (&first.order_id, true));
    let unknown = pb::AssignSlotRequest { key: "k2".to_owned(), ..recall };
    assert_eq!(world.assign(unknown).await.unwrap_err().code(), Code::FailedPrecondition);

    // the same key of another caller is another key
    let elsewhere = pb::AssignSlotRequest {
        order_id: world.new_order().to_string(),
        key_scope: "staff:1".to_owned(),
        ..keyed
    };
    assert!(!world.assign(elsewhere).await.unwrap().replayed);
    assert_eq!(world.slot("10:15").await.current_load, 1_100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_released_hold_gives_its_place_back_and_its_order_may_come_again() {
    let world = World::open().await;
    let request = world.request(900);
    let first = world.assign(request.clone()).await.unwrap();
    let release = || async {
        let hold = pb::ReleaseHoldRequest {
            branch_id: request.branch_id.clone(),
            order_id: request.order_id.clone(),
        };
        world.client().release_hold(world.as_service(hold)).await.unwrap().into_inner().released
    };

    assert_eq!((release().await, release().await), (true, false));
    assert_eq!(world.slot("10:15").await.current_load, 0);

    let again = world.assign(request.clone()).await.unwrap();
    assert_eq!((again.replayed, again.confirmed), (true, false));
    assert_eq!(again.display_number, first.display_number);
    assert_eq!(world.slot("10:15").await.current_load, 900);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_nowhere_fits_is_told_why() {
    let world = World::open().await;
    world.hold(10_000).await;

    let required = |start: &str| pb::AssignSlotRequest {
        required_slot_id: format!("slot:{}", at(start).timestamp()),
        ..world.request(100)
    };
    let full = world.assign(required("10:15")).await.unwrap_err();
    assert_eq!((full.code(), reason(&full)), (Code::FailedPrecondition, "SLOT_CHANGED"));
    assert_eq!(start_of(&world.assign(required("10:30")).await.unwrap()), "10:30");

    let late = "2026-02-08T10:00:01Z".parse::<DateTime<chrono::Utc>>().unwrap();
    let too_far = pb::AssignSlotRequest { preferred: Some(late.into()), ..world.request(100) };
    let refused = world.assign(too_far).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::OutOfRange, "PREFERRED_TIME_TOO_FAR"));

    let patch = pb::UpdateSlotConfigRequest { max_shift_minutes: Some(0), ..Default::default() };
    world.client().update_slot_config(world.with_role("manager", patch)).await.unwrap();
    let full = world.assign(world.request(100)).await.unwrap_err();
    assert_eq!((full.code(), reason(&full)), (Code::ResourceExhausted, "SLOTS_FULL"));

    let unknown = pb::AssignSlotRequest { branch_id: world.new_order().to_string(), ..world.request(1) };
    assert_eq!(reason(&world.assign(unknown).await.unwrap_err()), "BRANCH_UNKNOWN");

    let by_staff = world.client().assign_slot(world.with_role("super_admin", world.request(1))).await;
    assert_eq!(by_staff.unwrap_err().code(), Code::PermissionDenied);
    let by_nobody = world.client().assign_slot(Request::new(world.request(1))).await;
    assert_eq!(by_nobody.unwrap_err().code(), Code::Unauthenticated);
}

/// A busy machine may answer late: the caller repeats its call, as the gateway's clients do.
async fn hold_stubbornly(world: &World, roubles: i64) -> pb::AssignSlotResponse {
    let request = world.request(roubles);
    loop {
        match world.assign(request.clone()).await {
            Ok(place) => return place,
            Err(refused) => assert_eq!(refused.code(), Code::Unavailable, "{refused}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slt_18_parallel_orders_never_fill_a_slot_above_its_limit() {
    let world = Arc::new(World::open().await);

    let calls: Vec<_> = (0..500)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { hold_stubbornly(&world, 499).await })
        })
        .collect();
    let mut orders_of: BTreeMap<String, usize> = BTreeMap::new();
    let mut numbers = Vec::new();
    for call in calls {
        let place = call.await.unwrap();
        numbers.push(place.display_number);
        *orders_of.entry(place.slot_id).or_default() += 1;
    }

    assert_eq!(orders_of.len(), 25);
    assert!(orders_of.values().all(|orders| *orders == 20));
    let slots = world.slots("10:15", 25 * 15).await;
    assert!(slots.iter().all(|slot| (slot.current_load, slot.orders_count) == (9_980, 20)));
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(1..=500));
}
