//! Settings of branches and single slots.

use std::time::Duration;

use bus::{From, LogReader};
use chrono::TimeDelta;
use contracts::events::v1::{SlotEvent, slot_event::What};
use contracts::slots::v1 as pb;
use contracts::topics::Topic;
use diesel_async::RunQueryDsl as _;
use prost::Message as _;
use testkit::eventually;
use tonic::Code;

use crate::world::{MAIN, PATIENCE, World, at, reason, start_of};

fn slot_id(time: &str) -> String {
    format!("slot:{}", at(time).timestamp())
}

async fn update(world: &World, patch: pb::UpdateSlotConfigRequest) -> Result<pb::SlotConfig, tonic::Status> {
    let answer = world.client().update_slot_config(world.with_role("manager", patch)).await;
    answer.map(tonic::Response::into_inner)
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_hold_for_the_next_order() {
    let world = World::open().await;
    world.hold(900).await;

    let patch = pb::UpdateSlotConfigRequest { max_capacity: Some(1_000), ..Default::default() };
    let config = update(&world, patch).await.unwrap();
    assert_eq!((config.limit_roubles, config.max_capacity, config.version), (1_000, 1_000, 2));
    assert_eq!(start_of(&world.hold(101).await), "10:30");
    assert_eq!(world.slot("10:15").await.delivery_plan, 850);

    let stale = pb::UpdateSlotConfigRequest { expected_version: Some(1), ..Default::default() };
    let refused = update(&world, stale).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::Aborted, "VERSION_CONFLICT"));
    let wrong = pb::UpdateSlotConfigRequest { slot_duration_minutes: Some(7), ..Default::default() };
    let refused = update(&world, wrong).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::InvalidArgument, "SLOT_CONFIG_INVALID"));
    let by_cook = world.with_role("cook", pb::UpdateSlotConfigRequest::default());
    let refused = world.client().update_slot_config(by_cook).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::PermissionDenied, "ROLE_NOT_ALLOWED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_slot_length_waits_for_the_first_date_without_orders() {
    let world = World::open().await;
    world.hold(900).await;

    let today = pb::UpdateSlotConfigRequest {
        slot_duration_minutes: Some(30),
        effective_from: "2026-02-01".to_owned(),
        ..Default::default()
    };
    let refused = update(&world, today).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::FailedPrecondition, "SLOT_GRID_IN_USE"));

    let patch = pb::UpdateSlotConfigRequest { slot_duration_minutes: Some(30), ..Default::default() };
    assert_eq!(update(&world, patch).await.unwrap().slot_duration_minutes, 30);
    assert_eq!(world.slots("23:00", 60).await.len(), 4);
    // The business date ends at 04:00 of the next day.
    let next_day = world.slots("23:00", 7 * 60).await;
    assert_eq!(next_day.len(), 5 * 4 + 2 * 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_slot_length_does_not_bring_an_announced_zone_forward() {
    let world = World::open().await;
    let main = pb::ListBranchesRequest::default();
    let branches = world.client().list_branches(world.with_role("manager", main)).await.unwrap().into_inner();
    let main = branches.branches.into_iter().find(|branch| branch.is_default).unwrap();
    let moved = pb::Branch { time_zone: "Asia/Novosibirsk".to_owned(), ..main };
    let request = pb::PutBranchRequest { branch_id: MAIN.to_string(), branch: Some(moved) };
    world.client().put_branch(world.with_role("super_admin", request)).await.unwrap();
    let before = world.slots("12:00", 120).await;

    let patch = pb::UpdateSlotConfigRequest { slot_duration_minutes: Some(30), ..Default::default() };
    update(&world, patch.clone()).await.unwrap();

    assert_eq!(world.slots("12:00", 120).await, before);
    let today = pb::UpdateSlotConfigRequest {
        slot_duration_minutes: Some(60),
        effective_from: "2026-02-01".to_owned(),
        ..Default::default()
    };
    let refused = update(&world, today).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::FailedPrecondition, "SLOT_GRID_IN_USE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_slot_is_closed_or_gets_its_own_limits_and_others_are_told() {
    let world = World::open().await;
    world.hold(900).await;
    let disable = |slot_id: String| pb::SetSlotDisabledRequest { slot_id, disabled: true };

    let closed =
        world.client().set_slot_disabled(world.with_role("manager", disable(slot_id("10:15")))).await;
    let closed = closed.unwrap().into_inner();
    assert_eq!((closed.state.as_str(), closed.current_load, closed.orders.len()), ("disabled", 900, 1));
    assert_eq!(start_of(&world.hold(1).await), "10:30");

    let capacity = pb::SetSlotCapacityRequest {
        slot_id: slot_id("10:30"),
        limit_orders: Some(1),
        ..pb::SetSlotCapacityRequest::default()
    };
    world.client().set_slot_capacity(world.with_role("manager", capacity)).await.unwrap();
    assert_eq!(start_of(&world.hold(1).await), "10:45");

    let refused = async |slot_id: String| {
        let request = world.with_role("manager", disable(slot_id));
        let refused = world.client().set_slot_disabled(request).await.unwrap_err();
        (refused.code(), reason(&refused))
    };
    assert_eq!(refused(slot_id("09:00")).await, (Code::FailedPrecondition, "SLOT_PAST"));
    assert_eq!(refused(slot_id("10:16")).await, (Code::NotFound, "SLOT_NOT_FOUND"));
    assert_eq!(refused("slot:soon".to_owned()).await, (Code::InvalidArgument, "SLOT_ID_INVALID"));
    let elsewhere = world.with_role_at("manager", &world.new_order().to_string(), disable(slot_id("10:15")));
    let refused = world.client().set_slot_disabled(elsewhere).await.unwrap_err();
    assert_eq!(reason(&refused), "SLOT_NOT_FOUND");

    assert_eq!(audited(&world).await, ["branch.put", "slot.disabled", "slot.capacity"]);
    told(&world).await;
}

/// Every change is in the audit.
async fn audited(world: &World) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        action: String,
    }
    let mut conn = world.db.connect("slots").await;
    let rows =
        diesel::sql_query("SELECT action FROM audit ORDER BY id").load::<Row>(&mut conn).await.unwrap();
    rows.into_iter().map(|row| row.action).collect()
}

/// Every change is told on `slot-events`.
async fn told(world: &World) {
    let mut events = Vec::new();
    let reader = LogReader::new(&world.topics.settings("told"), &[Topic::SlotEvents]).unwrap();
    reader.follow_all(From::Beginning).await.unwrap();
    eventually("the changes are told", PATIENCE, async || {
        while let Ok(Ok(message)) = tokio::time::timeout(Duration::from_millis(500), reader.next()).await {
            let event = SlotEvent::decode(message.payload.clone()).unwrap();
            assert_eq!(event.branch_id, MAIN.to_string());
            events.push(event.what.unwrap());
        }
        events.len() >= 3
    })
    .await;
    let slots = events.iter().filter_map(|what| match what {
        What::SlotChanged(slot) => Some((slot.slot_id.clone(), slot.disabled)),
        What::ConfigChanged(_) | What::BranchChanged(_) => None,
    });
    let id = |time: &str| format!("slot:{MAIN}:{}", at(time).timestamp());
    assert!(slots.eq([(id("10:15"), true), (id("10:30"), false)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_a_slot_that_redis_has_missed_reach_it_later() {
    let mut world = World::open().await;
    let request = pb::SetSlotDisabledRequest { slot_id: slot_id("10:15"), disabled: true };
    world.client().set_slot_disabled(world.with_role("manager", request)).await.unwrap();
    world.stop().await;
    let slot = format!("slot:{{{MAIN}}}:{}", at("10:15").timestamp());
    let mut redis = world.redis.connect().await;
    let missed = redis::cmd("HDEL").arg(slot).arg("d").query_async::<u32>(&mut redis).await.unwrap();
    assert_eq!(missed, 1);

    // The first turn of the job that runs every minute is at once.
    world.start().await;

    eventually("the slot is closed again", PATIENCE, async || world.slot("10:15").await.disabled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_are_listed_in_pages_and_orders_only_for_those_who_may_see_them() {
    let world = World::open().await;
    let place = world.hold(900).await;
    let list = async |role: &str, query: pb::ListSlotsRequest| {
        world.client().list_slots(world.with_role(role, query)).await.map(tonic::Response::into_inner)
    };

    // The current business date: from 04:00 to 04:00.
    let mut query = pb::ListSlotsRequest { page_size: 50, ..Default::default() };
    let first = list("cashier", query.clone()).await.unwrap();
    query.page_token = first.next_page_token.clone();
    let second = list("cashier", query.clone()).await.unwrap();
    assert_eq!((first.count, second.count, second.next_page_token.as_str()), (50, 46, ""));
    assert_eq!(first.slots[0].slot_id, format!("slot:{MAIN}:{}", at("04:00").timestamp()));
    let inside = first.slots.iter().flat_map(|slot| &slot.orders).collect::<Vec<_>>();
    assert_eq!(inside.len(), 1);
    assert_eq!((&inside[0].order_id, inside[0].fulfilment.as_str()), (&place.order_id, "delivery"));

    let cook = list("cook", pb::ListSlotsRequest::default()).await.unwrap();
    assert_eq!(cook.slots.iter().map(|slot| slot.orders_count).sum::<i32>(), 1);
    assert!(cook.slots.iter().all(|slot| slot.orders.is_empty()));

    let too_long = pb::ListSlotsRequest {
        from: Some(at("10:00").into()),
        to: Some((at("10:00") + TimeDelta::days(32)).into()),
        ..Default::default()
    };
    assert_eq!(reason(&list("cook", too_long).await.unwrap_err()), "RANGE_INVALID");
    let anonymous = world.client().list_slots(pb::ListSlotsRequest::default()).await.unwrap_err();
    assert_eq!((anonymous.code(), reason(&anonymous)), (Code::Unauthenticated, "NOT_SIGNED_IN"));
}
