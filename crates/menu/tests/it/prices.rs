use std::time::Duration;

use chrono::TimeDelta;
use contracts::menu::v1::menu_service_client::MenuServiceClient;
use contracts::menu::v1::{AddPriceRequest, GetMenuRequest, ListPricesRequest};
use testkit::eventually;
use tonic::transport::Channel;
use tonic::{Code, Request};

use crate::bench::{BRANCH_B, Bench, MAIN, MARGHERITA, at, fact, price, reason};
use crate::rebuild::shelved;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn mnu_1_a_new_price_holds_from_its_instant_on() {
    let (mut bench, announced) = announced().await;

    bench.clock.set(at("2026-02-01T14:59:59.999Z"));
    let before = bench.menu_of("").await.pizzas["Маргарита"].price;
    bench.clock.set(at("2026-02-01T15:00:00Z"));
    let after = bench.menu_of("").await.pizzas["Маргарита"].price;

    assert_eq!((before, after), (549, 599));
    // the moment itself makes a revision, so that no cache keeps the old price
    bench.menu_when("", |menu| menu.revision > announced).await;
}

/// The menu with the tag it comes under; nothing for somebody who has it already.
async fn tagged(client: &mut MenuServiceClient<Channel>, known: &str) -> (Option<i32>, String) {
    let mut request = Request::new(GetMenuRequest::default());
    request.metadata_mut().insert("if-none-match", known.parse().unwrap());
    let answer = client.get_menu(request).await.unwrap();
    let etag = answer.metadata().get("etag").unwrap().to_str().unwrap().to_owned();
    (answer.get_ref().pizzas.get("Маргарита").map(|pizza| pizza.price), etag)
}

/// A bench with a price that begins at 15 o'clock, and the revision that knows of it.
async fn announced() -> (Bench, i64) {
    let mut bench = Bench::start().await.with_menu().await;
    let known = bench.menu_of("").await.revision;
    let from_15 = AddPriceRequest {
        valid_from: Some(at("2026-02-01T15:00:00Z").into()),
        ..price("product", MARGHERITA, 599)
    };
    bench.admin.add_price(bench.owner(from_15)).await.unwrap();
    let announced = bench.menu_when("", |menu| menu.revision > known).await.revision;
    (bench, announced)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_begins_has_a_tag_of_its_own_though_the_menu_cannot_be_rebuilt() {
    let (mut bench, _) = announced().await;
    let (before, old) = tagged(&mut bench.menu, "\"0\"").await;

    bench.db.go_away().await;
    bench.clock.set(at("2026-02-01T15:00:00Z"));
    let (after, new) = tagged(&mut bench.menu, &old).await;
    let (known, same) = tagged(&mut bench.menu, &new).await;

    assert_eq!((before, after, known), (Some(549), Some(599), None));
    assert_ne!(old, new);
    assert_eq!(same, new);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_whose_clock_is_behind_does_not_go_back_behind_the_revision_it_serves() {
    let (mut bench, announced) = announced().await;
    bench.clock.set(at("2026-02-01T15:00:00Z"));
    let revision = bench.menu_when("", |menu| menu.revision > announced).await.revision;
    shelved(&bench, revision).await;

    // it finds the newest snapshot in Redis, and cannot build one of its own
    bench.db.go_away().await;
    bench.clock.set(at("2026-02-01T14:59:59.900Z"));
    let (_lifecycle, mut behind) = bench.another().await;
    eventually("the other instance has the menu", PATIENCE, async || {
        let request = GetMenuRequest::default();
        behind.clone().get_menu(request).await.is_ok()
    })
    .await;
    let told = tagged(&mut behind, "\"0\"").await;

    assert_eq!(told, (Some(599), format!("\"{revision}-{MAIN}\"")));
}

#[tokio::test(flavor = "multi_thread")]
async fn mnu_2_a_branch_price_beats_the_chain_price() {
    let mut bench = Bench::start().await.with_menu().await;

    let here = AddPriceRequest { branch_id: MAIN.to_owned(), ..price("product", MARGHERITA, 579) };
    bench.admin.add_price(bench.owner(here)).await.unwrap();

    bench.menu_when(MAIN, |menu| menu.pizzas["Маргарита"].price == 579).await;
    assert_eq!(bench.menu_of(BRANCH_B).await.pizzas["Маргарита"].price, 549);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_cannot_be_is_refused_with_every_fault() {
    let mut bench = Bench::start().await.with_menu().await;

    for amount in [-1, 100_001] {
        let refused =
            bench.admin.add_price(bench.owner(price("product", MARGHERITA, amount))).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused)), (Code::InvalidArgument, "PRICE_INVALID".to_owned()));
    }
    let past = bench.clock_before(TimeDelta::seconds(61));
    let too_late = AddPriceRequest { valid_from: Some(past), ..price("product", MARGHERITA, 1) };
    let refused = bench.admin.add_price(bench.owner(too_late.clone())).await.unwrap_err();
    assert_eq!(reason(&refused), "VALID_FROM_PAST");

    let nowhere = AddPriceRequest {
        branch_id: "01900000-0000-7000-8000-0000000000ff".to_owned(),
        subject_id: "01900000-0000-7000-8000-0000000000fe".to_owned(),
        ..too_late
    };
    let refused = bench.admin.add_price(bench.owner(nowhere)).await.unwrap_err();
    assert_eq!(reason(&refused), "VALIDATION_FAILED");
    assert_eq!(fact(&refused, "violation_reasons"), "VALID_FROM_PAST,UNKNOWN_PRODUCT,BRANCH_UNKNOWN");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_price_list_comes_page_by_page() {
    let mut bench = Bench::start().await.with_menu().await;
    for amount in [559, 569] {
        bench.add_price("product", MARGHERITA, amount).await;
    }

    let mut amounts = Vec::new();
    let mut page_token = String::new();
    loop {
        let page = ListPricesRequest {
            subject_kind: "product".to_owned(),
            subject_id: MARGHERITA.to_owned(),
            page_size: 2,
            page_token,
        };
        let answer = bench.admin.list_prices(bench.owner(page)).await.unwrap().into_inner();
        amounts.extend(answer.prices.iter().map(|price| price.amount));
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }

    assert_eq!(amounts, [549, 559, 569]);
}
