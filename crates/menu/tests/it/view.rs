use contracts::menu::v1::component::What;
use contracts::menu::v1::{
    Component, Extra, ExtraLink, FixedComponent, GetMenuRequest, MenuView, Nutrition, Product,
    PutExtraRequest, PutSetRequest, Set,
};
use tonic::{Code, Request};

use crate::bench::{Bench, MAIN, MARGHERITA, PEPPERONI, pizza, reason};

const EXTRA: &str = "01900000-0000-7000-8000-00000000e101";
const SET: &str = "01900000-0000-7000-8000-00000000b001";

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_has_the_shape_that_the_shop_page_knows() {
    let mut bench = Bench::start().await.with_menu().await;
    put_extra_and_set(&mut bench).await;
    let link = ExtraLink { extra_id: EXTRA.to_owned(), price: Some(149), ..ExtraLink::default() };
    let nutrition = Nutrition { kcal: 240, protein_mg: 11_000, fat_mg: 9_000, carbs_mg: 28_000 };
    let margherita = Product {
        extras: vec![link],
        nutrition: Some(nutrition),
        description: "Томаты и моцарелла".to_owned(),
        ..pizza(MARGHERITA, "Маргарита")
    };
    bench.put_product(margherita).await.unwrap();

    let mut menu =
        bench.menu_when("", |menu| menu.sets.len() == 1 && !menu.pizzas["Маргарита"].extras.is_empty()).await;
    menu.revision = 7;
    menu.pizzas.remove("Пепперони");

    let shown = serde_json::to_string_pretty(&menu).unwrap();
    assert_eq!(shown + "\n", include_str!("menu.json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extra_without_a_price_of_its_own_is_on_sale_only_where_a_link_prices_it() {
    let mut bench = Bench::start().await.with_menu().await;
    put_extra(&mut bench).await;
    let link = |price| vec![ExtraLink { extra_id: EXTRA.to_owned(), price, ..ExtraLink::default() }];
    let priced = Product { extras: link(Some(149)), ..pizza(MARGHERITA, "Маргарита") };
    bench.put_product(priced).await.unwrap();
    bench.put_product(Product { extras: link(None), ..pizza(PEPPERONI, "Пепперони") }).await.unwrap();

    let linked = |menu: &MenuView| menu.pizzas.values().all(|pizza| pizza.extras.len() == 1);
    let menu = bench.menu_when("", linked).await;
    let extra = &menu.extras["Халапеньо"];
    assert_eq!((extra.available, extra.unavailable_reason.as_str(), extra.price), (false, "NOT_ON_SALE", 0));
    let asked = bench.menu.get_extras(GetMenuRequest::default()).await.unwrap().into_inner();
    assert_eq!(asked.extras["Халапеньо"], *extra);
    let offers = ["Маргарита", "Пепперони"].map(|name| &menu.pizzas[name].extras[0]);
    assert_eq!(offers.map(|offer| (offer.price, offer.available)), [(149, true), (0, false)]);

    bench.add_price("extra", EXTRA, 99).await;
    let menu = bench.menu_when("", |menu| menu.extras["Халапеньо"].available).await;
    assert_eq!(menu.extras["Халапеньо"].unavailable_reason, "");
    let offers = ["Маргарита", "Пепперони"].map(|name| &menu.pizzas[name].extras[0]);
    assert_eq!(offers.map(|offer| (offer.price, offer.available)), [(149, true), (99, true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_has_the_revision_gets_304_and_nothing_else() {
    let mut bench = Bench::start().await.with_menu().await;
    let fresh = bench.menu.get_menu(GetMenuRequest::default()).await.unwrap();
    let etag = fresh.metadata().get("etag").unwrap().to_str().unwrap().to_owned();
    let revision = fresh.get_ref().revision;
    assert_eq!(etag, format!("\"{revision}-{MAIN}\""));

    let mut known = Request::new(GetMenuRequest::default());
    known.metadata_mut().insert("if-none-match", format!("\"1\", W/{etag}").parse().unwrap());
    let known = bench.menu.get_pizzas(known).await.unwrap();
    let mut stale = Request::new(GetMenuRequest::default());
    stale.metadata_mut().insert("if-none-match", format!("\"0-{MAIN}\"").parse().unwrap());
    let stale = bench.menu.get_menu(stale).await.unwrap();

    assert_eq!(known.metadata().get("x-http-code").unwrap(), "304");
    assert_eq!(known.metadata().get("etag").unwrap().to_str().unwrap(), etag);
    assert!(known.get_ref().pizzas.is_empty());
    assert_eq!((stale.metadata().get("x-http-code"), stale.get_ref().pizzas.len()), (None, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_or_channel_that_does_not_exist_has_no_menu() {
    let mut bench = Bench::start().await.with_menu().await;
    let ask = |branch: &str, channel: &str| GetMenuRequest {
        branch_id: branch.to_owned(),
        channel: channel.to_owned(),
    };

    let unknown = "01900000-0000-7000-8000-0000000000ff";
    for (request, expected) in [
        (ask(unknown, ""), "BRANCH_UNKNOWN"),
        (ask("msk", ""), "BRANCH_UNKNOWN"),
        (ask(MAIN, "fax"), "CHANNEL_UNKNOWN"),
    ] {
        let refused = bench.menu.get_menu(request).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused)), (Code::InvalidArgument, expected.to_owned()));
    }
}

async fn put_extra(bench: &mut Bench) {
    let extra = Extra {
        id: EXTRA.to_owned(),
        name: "Халапеньо".to_owned(),
        portion_grams: 30,
        max_per_unit: 3,
        active: true,
        ..Extra::default()
    };
    let request = PutExtraRequest { id: EXTRA.to_owned(), extra: Some(extra), expected_version: None };
    bench.admin.put_extra(bench.owner(request)).await.unwrap();
}

async fn put_extra_and_set(bench: &mut Bench) {
    put_extra(bench).await;
    bench.add_price("extra", EXTRA, 99).await;
    let fixed = |id: &str, count| {
        let what = What::Fixed(FixedComponent { product_id: id.to_owned(), count });
        Component { what: Some(what) }
    };
    let set = Set {
        id: SET.to_owned(),
        v1_name: "Дружный".to_owned(),
        description: "Три пиццы".to_owned(),
        components: vec![fixed(MARGHERITA, 2), fixed(PEPPERONI, 1)],
        active: true,
        ..Set::default()
    };
    let request = PutSetRequest { id: SET.to_owned(), set: Some(set), expected_version: None };
    bench.admin.put_set(bench.owner(request)).await.unwrap();
    bench.add_price("set", SET, 1499).await;
}
