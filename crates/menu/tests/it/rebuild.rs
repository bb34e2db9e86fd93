use std::time::Duration;

use contracts::menu::v1::{
    GetMenuRequest, GetMenuStatusRequest, MenuStatus, SetStopRequest, UpdateMenuRequest, UpdateMenuResponse,
};
use testkit::{eventually, eventually_some};
use tonic::{Code, Status};

use crate::bench::{Bench, MAIN, MARGHERITA, MOZZARELLA, pizza, reason};

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn mnu_9_updating_twice_without_a_change_makes_one_revision() {
    let mut bench = Bench::start().await.with_menu().await;
    bench.put_product(pizza(MARGHERITA, "Маргарита")).await.expect("the same product again");

    let first = update(&mut bench, false).await.unwrap();
    let second = update(&mut bench, false).await.unwrap();

    assert_eq!((first.revision, second.changed, second.revision), (second.revision, false, first.revision));
    assert_eq!((second.products, second.extras, second.sets), (2, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn mnu_9_a_rebuild_that_fails_in_the_database_leaves_the_old_menu_and_an_alarm() {
    let mut bench = Bench::start().await.with_menu().await;
    let before = bench.menu_of("").await;

    bench.db.go_away().await;
    let refused = update(&mut bench, false).await.unwrap_err();

    assert_eq!((refused.code(), reason(&refused)), (Code::Unavailable, "DEPENDENCY_DOWN".to_owned()));
    assert_eq!(bench.menu_of("").await, before);
    let status = status(&mut bench).await;
    assert_eq!((status.revision, status.last_error.is_empty()), (before.revision, false));

    bench.db.come_back().await;
    eventually("the menu can be rebuilt again", PATIENCE, async || update(&mut bench, false).await.is_ok())
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_leaves_nothing_on_sale_needs_force() {
    let mut bench = Bench::start().await.with_menu().await;
    let before = bench.menu_of("").await.revision;
    let main = stop(MAIN);
    bench.admin.set_stop(bench.staff("cook", MAIN, main)).await.unwrap();
    bench.menu_when(MAIN, |menu| menu.pizzas.values().all(|pizza| !pizza.available)).await;
    let other = stop(crate::bench::BRANCH_B);
    bench.admin.set_stop(bench.staff("cook", crate::bench::BRANCH_B, other)).await.unwrap();

    let refused = update(&mut bench, false).await.unwrap_err();
    assert_eq!(reason(&refused), "NOTHING_ORDERABLE");
    assert_eq!(bench.menu_of("").await.revision, before + 1);

    let forced = update(&mut bench, true).await.unwrap();
    assert_eq!((forced.revision, forced.changed), (before + 2, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_postgresql_serves_what_redis_has_and_recovers() {
    let mut bench = Bench::start().await.with_menu().await;
    let before = bench.menu_of("").await;
    shelved(&bench, before.revision).await;

    bench.db.go_away().await;
    bench.restart().await;
    let served =
        eventually_some("the menu of Redis", PATIENCE, async || bench.try_menu_of("").await.ok()).await;
    assert_eq!(served, before);

    bench.db.come_back().await;
    eventually("the menu can be changed again", PATIENCE, async || {
        bench.put_product(pizza(MARGHERITA, "Маргарита 2")).await.is_ok()
    })
    .await;
    bench.menu_when("", |menu| menu.pizzas.contains_key("Маргарита 2")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_any_store_has_no_menu_and_says_so() {
    let mut bench = Bench::start().await.with_menu().await;

    bench.db.go_away().await;
    bench.redis.kill();
    bench.restart().await;
    let refused = bench.try_menu_of("").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::Unavailable, "MENU_NOT_LOADED".to_owned()));

    bench.db.come_back().await;
    bench.menu_when("", |menu| menu.pizzas.len() == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_instances_one_builds_and_both_show_it() {
    let mut bench = Bench::start().await.with_menu().await;
    let before = bench.menu_of("").await.revision;
    let (lifecycle, other) = bench.another().await;

    bench.put_product(pizza(MARGHERITA, "Маргарита 2")).await.unwrap();
    let seen = eventually_some("the other instance shows the change", PATIENCE, async || {
        let answer = other.clone().get_menu(GetMenuRequest::default()).await.ok()?.into_inner();
        Some(answer).filter(|menu| menu.pizzas.contains_key("Маргарита 2"))
    })
    .await;
    lifecycle.stop_signal().cancel();

    assert_eq!(seen.revision, before + 1);
    // either of the two may have built it
    bench.menu_when("", |menu| menu.revision == seen.revision).await;
    assert_eq!(bench.menu_of("").await, seen);
}

pub async fn shelved(bench: &Bench, revision: i64) {
    let mut redis = bench.redis.connect().await;
    eventually("Redis has the revision", PATIENCE, async || {
        let shelved: Option<i64> =
            redis::cmd("GET").arg("menu:full:revision").query_async(&mut redis).await.unwrap();
        shelved == Some(revision)
    })
    .await;
}

fn stop(branch: &str) -> SetStopRequest {
    SetStopRequest {
        branch_id: branch.to_owned(),
        subject_kind: "nomenclature".to_owned(),
        subject_id: MOZZARELLA.to_owned(),
        reason: "закончилась".to_owned(),
        ..SetStopRequest::default()
    }
}

async fn update(bench: &mut Bench, force: bool) -> Result<UpdateMenuResponse, Status> {
    Ok(bench.admin.update_menu(bench.owner(UpdateMenuRequest { force })).await?.into_inner())
}

async fn status(bench: &mut Bench) -> MenuStatus {
    bench.admin.get_menu_status(bench.owner(GetMenuStatusRequest {})).await.unwrap().into_inner()
}
