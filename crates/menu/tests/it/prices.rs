use chrono::TimeDelta;
use contracts::menu::v1::{AddPriceRequest, ListPricesRequest};
use tonic::Code;

use crate::bench::{BRANCH_B, Bench, MAIN, MARGHERITA, at, fact, price, reason};

#[tokio::test(flavor = "multi_thread")]
async fn mnu_1_a_new_price_holds_from_its_instant_on() {
    let mut bench = Bench::start().await.with_menu().await;
    let known = bench.menu_of("").await.revision;
    let from_15 = AddPriceRequest {
        valid_from: Some(at("2026-02-01T15:00:00Z").into()),
        ..price("product", MARGHERITA, 599)
    };
    bench.admin.add_price(bench.owner(from_15)).await.unwrap();
    let announced = bench.menu_when("", |menu| menu.revision > known).await.revision;

    bench.clock.set(at("2026-02-01T14:59:59.999Z"));
    let before = bench.menu_of("").await.pizzas["Маргарита"].price;
    bench.clock.set(at("2026-02-01T15:00:00Z"));
    let after = bench.menu_of("").await.pizzas["Маргарита"].price;

    assert_eq!((before, after), (549, 599));
    // the moment itself makes a revision, so that no cache keeps the old price
    bench.menu_when("", |menu| menu.revision > announced).await;
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
