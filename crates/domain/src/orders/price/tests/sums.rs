use super::*;
use crate::ids::BranchId;
use crate::menu::samples::*;
use crate::menu::{Price, PriceSubject};
use crate::orders::request::{IngredientRef, ProductLine, Ref, Side};
use crate::orders::samples::{delivery, extra, line, product, request};
use crate::slots::Need;

/// Two pizzas of 549 with an extra of 199.
fn ord_1() -> Vec<Line> {
    vec![line(0, 2, product(MARGHERITA, vec![extra(CHEESE, Side::Whole)]))]
}

#[test]
fn ord_1_an_extra_belongs_to_the_unit_price() {
    let order = priced(&request(ord_1())).unwrap();

    assert_eq!(prices(&order), [(748, 2)]);
    assert_eq!((order.items[0].product_price, order.items[0].extras_price), (rub(549), rub(199)));
    assert_eq!((order.goods, order.fee, order.final_price), (rub(1_496), Money::ZERO, rub(1_496)));
    assert_eq!((order.branch, order.menu_revision, order.is_set), (BranchId::MAIN, 7, false));
    assert!(!order.items[0].is_set_item());
}

#[test]
fn ord_3_a_delivery_costs_its_fee_up_to_a_sum() {
    let below = priced(&delivery(ord_1())).unwrap();
    let above = priced(&delivery(vec![line(0, 3, product(MARGHERITA, vec![]))])).unwrap();

    assert_eq!((below.fee, below.final_price, below.zone), (rub(150), rub(1_646), Some(ZONE)));
    assert_eq!((above.goods, above.fee, above.final_price), (rub(1_647), Money::ZERO, rub(1_647)));
}

#[test]
fn a_link_price_and_portion_beat_the_extras_own() {
    let menu = menu_with(|parts| {
        parts.products[0].extras[0].price = Some(rub(99));
        parts.products[0].extras[0].portion_grams = Some(30);
    });

    let order = priced_with(&request(ord_1()), &menu).unwrap();

    let cheese = &order.items[0].extras[0];
    assert_eq!((cheese.price, cheese.grams, cheese.count), (rub(99), 30, 1));
}

#[test]
fn prices_are_those_of_the_branch_and_of_now() {
    let row = Price { branch: Some(OTHER_BRANCH), ..price_row(PriceSubject::Product(COLA), 99) };
    let menu = menu_with(|parts| parts.prices.push(row));
    let order = request(vec![line(0, 1, product(COLA, vec![]))]);
    let there = PlaceOrder { branch_id: OTHER_BRANCH.to_string(), ..order.clone() };
    let goods = |order: &PlaceOrder| priced_with(order, &menu).unwrap().goods;

    assert_eq!((goods(&order), goods(&there)), (rub(120), rub(99)));
}

#[test]
fn the_branch_of_a_request_is_known_whatever_else_is_wrong_with_it() {
    let order = request(Vec::new());
    let there = PlaceOrder { branch_id: OTHER_BRANCH.to_string(), ..order.clone() };
    let nowhere = PlaceOrder { branch_id: "main".to_owned(), ..order.clone() };

    assert_eq!(branch_of(&order, &menu()), Some(BranchId::MAIN));
    assert_eq!(branch_of(&there, &menu()), Some(OTHER_BRANCH));
    assert_eq!(branch_of(&nowhere, &menu()), None);
}

#[test]
fn leaving_something_out_changes_the_composition_but_no_price() {
    let what = Ordered::Product(ProductLine {
        product: Ref::Id(MARGHERITA),
        extras: vec![],
        excluded: vec![IngredientRef::Name("моцарелла".to_owned()), IngredientRef::Id(MOZZARELLA)],
    });

    let order = priced(&request(vec![line(0, 1, what)])).unwrap();

    let item = &order.items[0];
    assert_eq!(item.unit_price, rub(549));
    let grams: Vec<_> = item.ingredients.iter().map(|each| (each.name.as_str(), each.grams)).collect();
    assert_eq!(grams, [("Тесто", 250), ("Базилик", 5)]);
    assert_eq!(item.excluded.len(), 1);
}

#[test]
fn an_order_needs_handwork_and_oven_for_what_has_a_route() {
    let lines = vec![line(0, 2, product(MARGHERITA, vec![])), line(1, 3, product(COLA, vec![]))];

    let order = priced(&delivery(lines)).unwrap();

    let need = Need { roubles: 1_458, orders: 1, units: 2, work_seconds: 240, oven_places: 2, deliveries: 1 };
    assert_eq!(order.need, need);
    let places: Vec<_> = order.items.iter().map(|item| (item.item_index, item.line_index)).collect();
    assert_eq!(places, [(0, 0), (1, 1)]);
}

#[test]
fn a_time_in_the_past_means_now() {
    let past = PlaceOrder { preferred: Some(noon() - Duration::hours(1)), ..request(ord_1()) };
    let later = PlaceOrder { preferred: Some(noon() + Duration::hours(1)), ..request(ord_1()) };

    assert_eq!(priced(&past).unwrap().not_before, noon());
    assert_eq!(priced(&later).unwrap().not_before, noon() + Duration::hours(1));
}

#[test]
fn the_customers_texts_are_cleaned_and_a_pickup_has_no_address() {
    let order = PlaceOrder {
        first_name: "  Анна   Мария ".to_owned(),
        delivery_address: "x\0".to_owned(),
        ..request(ord_1())
    };

    let order = priced(&order).unwrap();

    assert_eq!((order.first_name.as_str(), order.delivery_address.as_str()), ("Анна Мария", ""));
    assert_eq!(order.pickup_location, Some(BranchId::MAIN));
}
