use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use contracts::menu::v1::component::What;
use contracts::menu::v1::{
    ChoiceGroup, ChoiceOption, Component, FixedComponent, LiftStopRequest, ListStopsRequest, PutSetRequest,
    Set, SetStopRequest, Stop,
};
use diesel_async::RunQueryDsl as _;
use testkit::at_best_within;
use tonic::Code;

use crate::bench::{BRANCH_B, Bench, MAIN, MARGHERITA, MOZZARELLA, PEPPERONI, at, pizza, reason};

const HAWAII: &str = "01900000-0000-7000-8000-00000000a003";
const SET: &str = "01900000-0000-7000-8000-00000000b001";

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_and_its_lifting_show_at_once_and_make_revisions() {
    let mut bench = Bench::start().await.with_menu().await;

    at_best_within("a stop shows", Duration::from_secs(1), async || {
        let before = bench.menu_of(MAIN).await.revision;
        let start = Instant::now();
        let stop = set(&mut bench, "product", MARGHERITA).await;
        let stopped = bench.menu_when(MAIN, |menu| !menu.pizzas["Маргарита"].available).await;
        let took = start.elapsed();
        assert_eq!(stopped.pizzas["Маргарита"].unavailable_reason, "OUT_OF_STOCK");
        assert_eq!(stopped.revision, before + 1);
        assert!(bench.menu_of(BRANCH_B).await.pizzas["Маргарита"].available, "another branch sells on");

        let request = LiftStopRequest { stop_id: stop.id };
        bench.admin.lift_stop(bench.staff("manager", MAIN, request)).await.unwrap();
        let lifted = bench.menu_when(MAIN, |menu| menu.pizzas["Маргарита"].available).await;
        assert_eq!(lifted.revision, before + 2);
        took
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_ingredient_takes_everything_off_that_needs_it() {
    let mut bench = Bench::start().await.with_menu().await;

    set(&mut bench, "nomenclature", MOZZARELLA).await;

    bench.menu_when(MAIN, |menu| menu.pizzas.values().all(|pizza| !pizza.available)).await;
    assert!(bench.menu_of(BRANCH_B).await.pizzas.values().all(|pizza| pizza.available));
}

#[tokio::test(flavor = "multi_thread")]
async fn mnu_8_a_set_with_too_few_options_left_is_not_orderable() {
    let mut bench = Bench::start().await.with_menu().await;
    bench.put_product(pizza(HAWAII, "Гавайская")).await.unwrap();
    bench.add_price("product", HAWAII, 649).await;
    put_two_of_three(&mut bench).await;
    bench.menu_when(MAIN, |menu| menu.sets.get("Две на выбор").is_some_and(|set| set.available)).await;

    set(&mut bench, "product", MARGHERITA).await;
    bench.menu_when(MAIN, |menu| !menu.pizzas["Маргарита"].available).await;
    assert!(bench.menu_of(MAIN).await.sets["Две на выбор"].available, "two options are enough for two");
    set(&mut bench, "product", PEPPERONI).await;

    let menu = bench.menu_when(MAIN, |menu| !menu.sets["Две на выбор"].available).await;
    assert_eq!(menu.sets["Две на выбор"].unavailable_reason, "OUT_OF_STOCK");
    assert_eq!(
        menu.sets["Две на выбор"].choices[0].options.iter().filter(|option| option.available).count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_without_an_end_lasts_until_the_business_date_ends() {
    let mut bench = Bench::start().await.with_menu().await;

    let stop = set(&mut bench, "product", MARGHERITA).await;

    // four in the morning in Moscow
    let until = DateTime::<Utc>::try_from(stop.until.unwrap()).unwrap();
    assert_eq!(until, at("2026-02-02T01:00:00Z"));
    bench.menu_when(MAIN, |menu| !menu.pizzas["Маргарита"].available).await;
    bench.clock.set(until);
    bench.menu_when(MAIN, |menu| menu.pizzas["Маргарита"].available).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_thing_stopped_again_is_the_same_entry() {
    let mut bench = Bench::start().await.with_menu().await;
    let first = set(&mut bench, "product", MARGHERITA).await;

    let again = SetStopRequest { reason: "снова нет".to_owned(), ..request("product", MARGHERITA) };
    let again = bench.admin.set_stop(bench.staff("cook", MAIN, again)).await.unwrap().into_inner();

    assert_eq!(again.id, first.id);
    let list = ListStopsRequest { branch_id: MAIN.to_owned(), ..ListStopsRequest::default() };
    let listed = bench.admin.list_stops(bench.staff("cook", MAIN, list)).await.unwrap().into_inner().stops;
    assert_eq!(listed, [again]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_lift_a_stop_can_only_make_it_longer() {
    let mut bench = Bench::start().await.with_menu().await;
    let recall = SetStopRequest {
        until: Some(at("2026-02-03T12:00:00Z").into()),
        reason: "отозвана поставщиком".to_owned(),
        ..request("product", MARGHERITA)
    };
    let recalled = bench.admin.set_stop(bench.staff("manager", MAIN, recall)).await.unwrap().into_inner();

    // until the day ends, or for a second: the manager's entry stays, reason and author included
    assert_eq!(set(&mut bench, "product", MARGHERITA).await, recalled);
    assert_eq!(set_until(&mut bench, "cook", "2026-02-01T12:00:01Z").await, at("2026-02-03T12:00:00Z"));
    let listed = ListStopsRequest { branch_id: MAIN.to_owned(), ..ListStopsRequest::default() };
    let listed = bench.admin.list_stops(bench.staff("manager", MAIN, listed)).await.unwrap().into_inner();
    assert_eq!(listed.stops, [recalled]);

    assert_eq!(set_until(&mut bench, "cook", "2026-02-05T12:00:00Z").await, at("2026-02-05T12:00:00Z"));
    assert_eq!(set_until(&mut bench, "manager", "2026-02-02T13:00:00Z").await, at("2026-02-02T13:00:00Z"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_lasts_until_it_is_lifted_gets_an_end_only_from_who_may_lift_it() {
    let mut bench = Bench::start().await.with_menu().await;
    set(&mut bench, "product", MARGHERITA).await;
    let endless = diesel::sql_query("UPDATE stops SET until = NULL");
    endless.execute(&mut bench.db.connect("menu").await).await.unwrap();

    assert_eq!(set(&mut bench, "product", MARGHERITA).await.until, None);
    assert_eq!(
        set_until(&mut bench, "technologist", "2026-02-02T12:00:00Z").await,
        at("2026-02-02T12:00:00Z")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_is_set_again_leaves_the_former_entry_in_the_audit() {
    let mut bench = Bench::start().await.with_menu().await;
    let stop = set(&mut bench, "product", MARGHERITA).await;
    let again = SetStopRequest { reason: "снова нет".to_owned(), ..request("product", MARGHERITA) };
    bench.admin.set_stop(bench.staff("cook", MAIN, again)).await.unwrap();

    let acts = bench.audited("stop", &stop.id).await;

    assert_eq!(acts.len(), 2);
    assert_eq!(acts[0].change["before"], serde_json::Value::Null);
    assert_eq!(acts[1].change["before"], acts[0].change["after"]);
    assert_eq!(acts[1].change["after"]["reason"], "снова нет");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_in_the_past_or_for_an_unknown_channel_is_refused() {
    let mut bench = Bench::start().await.with_menu().await;
    let past =
        SetStopRequest { until: Some(at("2026-02-01T12:00:00Z").into()), ..request("product", MARGHERITA) };
    let fax = SetStopRequest { channels: vec!["fax".to_owned()], ..request("product", MARGHERITA) };

    for wrong in [past, fax] {
        let refused = bench.admin.set_stop(bench.staff("cook", MAIN, wrong)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused)), (Code::InvalidArgument, "STOP_INVALID".to_owned()));
    }
}

async fn set(bench: &mut Bench, kind: &str, id: &str) -> Stop {
    bench.admin.set_stop(bench.staff("cook", MAIN, request(kind, id))).await.unwrap().into_inner()
}

/// Stops the margherita, and answers until when it is stopped.
async fn set_until(bench: &mut Bench, role: &str, until: &str) -> DateTime<Utc> {
    let request = SetStopRequest { until: Some(at(until).into()), ..request("product", MARGHERITA) };
    let stop = bench.admin.set_stop(bench.staff(role, MAIN, request)).await.unwrap().into_inner();
    stop.until.unwrap().try_into().unwrap()
}

fn request(kind: &str, id: &str) -> SetStopRequest {
    SetStopRequest {
        branch_id: MAIN.to_owned(),
        subject_kind: kind.to_owned(),
        subject_id: id.to_owned(),
        reason: "закончилась".to_owned(),
        ..SetStopRequest::default()
    }
}

async fn put_two_of_three(bench: &mut Bench) {
    let option = |id: &str| ChoiceOption { product_id: id.to_owned(), surcharge: 0 };
    let choice = ChoiceGroup {
        id: "01900000-0000-7000-8000-00000000d001".to_owned(),
        name: "Две из трёх".to_owned(),
        take: 2,
        options: [MARGHERITA, PEPPERONI, HAWAII].map(option).into(),
    };
    let fixed = FixedComponent { product_id: HAWAII.to_owned(), count: 1 };
    let set = Set {
        id: SET.to_owned(),
        v1_name: "Две на выбор".to_owned(),
        components: vec![
            Component { what: Some(What::Choice(choice)) },
            Component { what: Some(What::Fixed(fixed)) },
        ],
        active: true,
        ..Set::default()
    };
    let request = PutSetRequest { id: SET.to_owned(), set: Some(set), expected_version: Some(0) };
    bench.admin.put_set(bench.owner(request)).await.unwrap();
    bench.add_price("set", SET, 999).await;
}
