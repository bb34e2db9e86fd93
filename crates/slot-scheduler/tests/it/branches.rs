//! Branches and their calendars.

use contracts::slots::v1 as pb;
use tonic::{Code, Status};

use crate::world::{MAIN, World, reason};

const NOVOSIBIRSK: &str = "01900000-0000-7000-8000-000000000002";

fn novosibirsk() -> pb::Branch {
    let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    pb::Branch {
        code: "NSK".to_owned(),
        name: "Novosibirsk".to_owned(),
        time_zone: "Asia/Novosibirsk".to_owned(),
        opening_hours: weekdays
            .map(|weekday| pb::OpeningInterval {
                weekday: weekday.to_owned(),
                open: "09:45".to_owned(),
                close: "23:45".to_owned(),
            })
            .to_vec(),
        active: true,
        ..pb::Branch::default()
    }
}

async fn put(world: &World, id: &str, branch: pb::Branch) -> Result<pb::Branch, Status> {
    let request = pb::PutBranchRequest { branch_id: id.to_owned(), branch: Some(branch) };
    let answer = world.client().put_branch(world.with_role("super_admin", request)).await;
    answer.map(tonic::Response::into_inner)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_branch_takes_orders_in_its_own_time() {
    let world = World::open().await;

    let made = put(&world, NOVOSIBIRSK, novosibirsk()).await.unwrap();
    assert_eq!((made.version, made.cut_off.as_str(), made.is_default), (1, "04:00", false));
    assert_eq!(put(&world, NOVOSIBIRSK, novosibirsk()).await.unwrap().version, 1);

    // Ten o'clock in UTC is 17:00 there.
    let request = pb::AssignSlotRequest { branch_id: NOVOSIBIRSK.to_owned(), ..world.request(900) };
    let place = testkit::eventually_some("the branch is filled", crate::world::PATIENCE, async || {
        world.assign(request.clone()).await.ok()
    })
    .await;
    assert_eq!((place.display_id.as_str(), place.business_date.as_str()), ("0001", "2026-02-01"));
    let query = pb::ListSlotsRequest { branch_id: NOVOSIBIRSK.to_owned(), ..Default::default() };
    let day = world.client().list_slots(world.with_role("manager", query)).await.unwrap().into_inner();
    assert_eq!(day.count, 56);

    let seen = |role_at: tonic::Request<pb::ListBranchesRequest>| async {
        let listed = world.client().list_branches(role_at).await.unwrap().into_inner();
        listed.branches.into_iter().map(|branch| branch.code).collect::<Vec<_>>()
    };
    let all = pb::ListBranchesRequest::default;
    assert_eq!(seen(world.with_role("manager", all())).await, ["MAIN", "NSK"]);
    assert_eq!(seen(world.with_role_at("cook", NOVOSIBIRSK, all())).await, ["NSK"]);

    let closed = pb::Branch {
        exceptions: (1..=9)
            .map(|day| pb::OpeningException {
                date: format!("2026-02-{day:02}"),
                closed: true,
                intervals: Vec::new(),
            })
            .collect(),
        ..novosibirsk()
    };
    assert_eq!(put(&world, NOVOSIBIRSK, closed).await.unwrap().version, 2);
    let other = pb::AssignSlotRequest { branch_id: NOVOSIBIRSK.to_owned(), ..world.request(900) };
    let refused = world.assign(other).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::FailedPrecondition, "BRANCH_CLOSED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_cannot_be_is_refused() {
    let world = World::open().await;
    put(&world, NOVOSIBIRSK, novosibirsk()).await.unwrap();
    let other = world.new_order().to_string();
    let refused = async |id: &str, branch: pb::Branch| reason(&put(&world, id, branch).await.unwrap_err());

    let tomsk = pb::Branch { code: "TMS".to_owned(), name: "Tomsk".to_owned(), ..novosibirsk() };
    assert_eq!(refused(&other, pb::Branch { code: "NSK".to_owned(), ..tomsk.clone() }).await, "CODE_TAKEN");
    let same_name = pb::Branch { name: "NOVOSIBIRSK".to_owned(), ..tomsk.clone() };
    assert_eq!(refused(&other, same_name).await, "NAME_TAKEN");
    let on_mars = pb::Branch { time_zone: "Mars/Base".to_owned(), ..tomsk.clone() };
    assert_eq!(refused(&other, on_mars).await, "TIME_ZONE_UNKNOWN");
    let late = pb::Branch { cut_off: "12:30".to_owned(), ..tomsk.clone() };
    assert_eq!(refused(&other, late).await, "CUT_OFF_INVALID");
    let mut overlapping = tomsk.clone();
    overlapping.opening_hours[0].close = "10:00".to_owned();
    overlapping.opening_hours[1].open = "09:00".to_owned();
    overlapping.opening_hours[0].open = "11:00".to_owned();
    assert_eq!(refused(&other, overlapping).await, "OPENING_HOURS_INVALID");
    let stale = pb::Branch { version: 7, ..novosibirsk() };
    assert_eq!(refused(NOVOSIBIRSK, stale).await, "VERSION_CONFLICT");
    let main = pb::Branch { code: "MAIN".to_owned(), name: "Main".to_owned(), ..novosibirsk() };
    assert_eq!(refused(&MAIN.to_string(), main).await, "BRANCH_IS_DEFAULT");

    let by_manager = pb::PutBranchRequest { branch_id: other, branch: Some(tomsk) };
    let refused = world.client().put_branch(world.with_role("manager", by_manager)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
