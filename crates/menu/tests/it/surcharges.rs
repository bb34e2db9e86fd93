use contracts::menu::v1::component::What;
use contracts::menu::v1::{
    ChoiceGroup, ChoiceOption, Component, Extra, ExtraLink, Product, PutExtraRequest, PutProductRequest,
    PutSetRequest, Set,
};
use tonic::{Code, Status};

use crate::bench::{Bench, MARGHERITA, PEPPERONI, pizza, reason, with_token};

const JALAPENO: &str = "01900000-0000-7000-8000-00000000e101";
const HAWAII: &str = "01900000-0000-7000-8000-00000000a003";
const SET: &str = "01900000-0000-7000-8000-00000000b001";
const GROUP: &str = "01900000-0000-7000-8000-00000000d001";
const OTHER_GROUP: &str = "01900000-0000-7000-8000-00000000d002";

#[tokio::test(flavor = "multi_thread")]
async fn a_technologist_links_extras_but_leaves_their_prices_as_they_are() {
    let mut bench = Bench::start().await.with_menu().await;
    put_extra(&mut bench).await;

    put_product(&mut bench, "technologist", linked(None)).await.expect("the extra's own price holds");
    for price in [149, 0] {
        refused(put_product(&mut bench, "technologist", linked(Some(price))).await);
    }
    put_product(&mut bench, "admin", linked(Some(149))).await.unwrap();
    let described = Product { description: "Острая".to_owned(), ..linked(Some(149)) };
    put_product(&mut bench, "technologist", described).await.expect("the price is the same");
    for other in [linked(Some(1)), linked(None), pizza(MARGHERITA, "Маргарита")] {
        refused(put_product(&mut bench, "technologist", other).await);
    }
    let new =
        Product { id: HAWAII.to_owned(), v1_name: "Гавайская".to_owned(), ..linked(Some(149)) };
    refused(put_product(&mut bench, "technologist", new).await);

    put_product(&mut bench, "admin", linked(None)).await.unwrap();
    let kept = put_product(&mut bench, "technologist", pizza(MARGHERITA, "Маргарита")).await.unwrap();
    assert!(kept.extras.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_technologist_puts_sets_together_but_leaves_their_surcharges_as_they_are() {
    let mut bench = Bench::start().await.with_menu().await;

    refused(put_set(&mut bench, "technologist", set(GROUP, &[(MARGHERITA, 0), (PEPPERONI, 50)])).await);
    put_set(&mut bench, "technologist", set(GROUP, &[(MARGHERITA, 0), (PEPPERONI, 0)])).await.unwrap();
    refused(put_set(&mut bench, "technologist", set(GROUP, &[(MARGHERITA, 50), (PEPPERONI, 0)])).await);

    put_set(&mut bench, "admin", set(GROUP, &[(MARGHERITA, 0), (PEPPERONI, 50)])).await.unwrap();
    let fewer = set(GROUP, &[(PEPPERONI, 50)]);
    put_set(&mut bench, "technologist", fewer).await.expect("an option without a surcharge goes");
    for other in [
        set(GROUP, &[(PEPPERONI, 0)]),
        set(GROUP, &[(PEPPERONI, 51)]),
        set(GROUP, &[(MARGHERITA, 0)]),
        set(OTHER_GROUP, &[(PEPPERONI, 0)]),
    ] {
        refused(put_set(&mut bench, "technologist", other).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_version_is_told_before_the_price_that_it_brings_back() {
    let mut bench = Bench::start().await.with_menu().await;
    put_extra(&mut bench).await;
    let seen = put_product(&mut bench, "technologist", linked(None)).await.unwrap();
    put_product(&mut bench, "admin", linked(Some(149))).await.unwrap();

    let stale =
        PutProductRequest { id: seen.id.clone(), expected_version: Some(seen.version), product: Some(seen) };
    let request = with_token(stale, &bench.keys.chain_token("technologist"));
    let refused = bench.admin.put_product(request).await.unwrap_err();

    assert_eq!((refused.code(), reason(&refused)), (Code::Aborted, "VERSION_CONFLICT".to_owned()));
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Status>) {
    let refused = answer.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::PermissionDenied, "ROLE_NOT_ALLOWED".to_owned()));
}

/// The margherita with one extra.
fn linked(price: Option<i32>) -> Product {
    let link = ExtraLink { extra_id: JALAPENO.to_owned(), price, ..ExtraLink::default() };
    Product { extras: vec![link], ..pizza(MARGHERITA, "Маргарита") }
}

/// A set with one choice.
fn set(group: &str, options: &[(&str, i32)]) -> Set {
    let option =
        |(id, surcharge): &(&str, i32)| ChoiceOption { product_id: (*id).to_owned(), surcharge: *surcharge };
    let choice = ChoiceGroup {
        id: group.to_owned(),
        name: "На выбор".to_owned(),
        take: 1,
        options: options.iter().map(option).collect(),
    };
    Set {
        id: SET.to_owned(),
        v1_name: "Обед".to_owned(),
        components: vec![Component { what: Some(What::Choice(choice)) }],
        active: true,
        ..Set::default()
    }
}

async fn put_product(bench: &mut Bench, role: &str, product: Product) -> Result<Product, Status> {
    let token = bench.keys.chain_token(role);
    let request =
        PutProductRequest { id: product.id.clone(), product: Some(product), expected_version: None };
    Ok(bench.admin.put_product(with_token(request, &token)).await?.into_inner())
}

async fn put_set(bench: &mut Bench, role: &str, set: Set) -> Result<Set, Status> {
    let token = bench.keys.chain_token(role);
    let request = PutSetRequest { id: set.id.clone(), set: Some(set), expected_version: None };
    Ok(bench.admin.put_set(with_token(request, &token)).await?.into_inner())
}

async fn put_extra(bench: &mut Bench) {
    let extra = Extra {
        id: JALAPENO.to_owned(),
        name: "Халапеньо".to_owned(),
        portion_grams: 30,
        max_per_unit: 3,
        active: true,
        ..Extra::default()
    };
    let request = PutExtraRequest { id: JALAPENO.to_owned(), extra: Some(extra), expected_version: None };
    bench.admin.put_extra(bench.owner(request)).await.unwrap();
}
