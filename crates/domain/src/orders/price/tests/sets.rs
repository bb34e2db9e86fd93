use super::*;
use crate::ids::{BranchId, ChoiceGroupId, ProductId};
use crate::menu::samples::*;
use crate::menu::{Component, MenuParts, PriceSubject, StopSubject};
use crate::orders::request::{ChoicePick, ComponentChange, IngredientRef, Ref, SetLine, Side};
use crate::orders::samples::{extra, line, product, request, set};

fn pizzas(products: &[ProductId]) -> Vec<ChoicePick> {
    vec![ChoicePick { group: Ref::Id(PIZZAS), products: products.iter().copied().map(Ref::Id).collect() }]
}

fn changed(component: i32) -> ComponentChange {
    ComponentChange {
        component,
        extras: vec![extra(CHEESE, Side::Whole)],
        excluded: vec![IngredientRef::Id(BASIL)],
    }
}

#[test]
fn ord_6_a_set_price_is_spread_over_its_items() {
    let order = priced(&request(vec![line(0, 1, set(FAMILY, vec![]))])).unwrap();

    assert_eq!(prices(&order), [(511, 1), (651, 1), (838, 1)]);
    assert_eq!(order.goods, rub(2_000));
    assert_eq!((order.is_set, order.set_name.as_str()), (true, "Семейный"));
    assert!(order.items.iter().all(|item| item.is_set_item() && item.set_name() == "Семейный"));
}

#[test]
fn ord_7_components_of_one_price_share_alike_and_so_do_those_without() {
    let thrice = |parts: &mut MenuParts| {
        parts.sets[0].components = vec![Component::Fixed { product: PEPPERONI, count: 3 }];
        parts.prices.push(price_row(PriceSubject::Set(FAMILY), 1_000));
    };
    let free = |parts: &mut MenuParts| {
        parts.sets[0].components = vec![Component::Fixed { product: COLA, count: 2 }];
        parts.prices.push(price_row(PriceSubject::Set(FAMILY), 999));
        parts.prices.push(price_row(PriceSubject::Product(COLA), 0));
    };
    let order = request(vec![line(0, 1, set(FAMILY, vec![]))]);
    let prices_with = |menu| prices(&priced_with(&order, &menu).unwrap());

    assert_eq!(prices_with(menu_with(thrice)), [(334, 1), (333, 1), (333, 1)]);
    assert_eq!(prices_with(menu_with(free)), [(500, 1), (499, 1)]);
}

#[test]
fn ord_8_a_sets_quantity_is_that_of_its_items() {
    let order = priced(&request(vec![line(0, 2, set(FAMILY, vec![]))])).unwrap();

    assert_eq!(prices(&order), [(511, 2), (651, 2), (838, 2)]);
    assert_eq!(order.goods, rub(4_000));
}

#[test]
fn a_set_beside_another_line_does_not_make_the_order_a_set() {
    let lines = vec![line(0, 1, set(FAMILY, vec![])), line(1, 1, product(COLA, vec![]))];

    let order = priced(&request(lines)).unwrap();

    assert_eq!((order.is_set, order.set_name.as_str()), (false, ""));
}

#[test]
fn surcharge_and_extras_stay_with_their_component() {
    let mut what =
        SetLine { set: Ref::Id(PICK_TWO), choices: pizzas(&[TRUFFLE, MARGHERITA]), changes: vec![] };
    let plain = priced(&request(vec![line(0, 1, Ordered::Set(what.clone()))])).unwrap();
    what.changes.push(changed(1));
    let more = priced(&request(vec![line(0, 1, Ordered::Set(what))])).unwrap();

    // 1 000 over 899, 549, 120, then 100 for the truffles and 199 for the cheese
    assert_eq!(prices(&plain), [(573 + 100, 1), (350, 1), (77, 1)]);
    assert_eq!(prices(&more), [(673, 1), (350 + 199, 1), (77, 1)]);
    assert_eq!(more.items[1].excluded.len(), 1);
}

#[test]
fn a_choice_that_is_missing_surplus_or_not_offered_is_refused() {
    let refused = |choices| faults(&request(vec![line(0, 1, set(PICK_TWO, choices))]));
    let twice = [pizzas(&[MARGHERITA, PEPPERONI]), pizzas(&[MARGHERITA, PEPPERONI])].concat();

    let invalid = "SET_CHOICE_INVALID";
    assert_eq!(refused(vec![]), [fault("lines[0].choices", invalid)]);
    assert_eq!(refused(pizzas(&[MARGHERITA])), [fault("lines[0].choices[0].product_ids", invalid)]);
    assert_eq!(refused(pizzas(&[COLA, TRUFFLE])), [fault("lines[0].choices[0].product_ids[0]", invalid)]);
    assert_eq!(refused(twice), [fault("lines[0].choices[1].group_id", invalid)]);
}

#[test]
fn a_choice_names_its_group_by_id_or_name() {
    let products: Vec<_> = [MARGHERITA, PEPPERONI].map(Ref::Id).to_vec();
    let of = |group| {
        let choices = vec![ChoicePick { group, products: products.clone() }];
        faults_or_none(&request(vec![line(0, 1, set(PICK_TWO, choices))]))
    };
    let unknown = ChoiceGroupId::from_uuid(uuid::Uuid::nil());

    assert_eq!(of(Ref::Id(PIZZAS)), []);
    assert_eq!(of(Ref::Name("ПИЦЦЫ".to_owned())), []);
    for group in [Ref::Id(unknown), Ref::Name("Напитки".to_owned()), Ref::BadId("7".to_owned())] {
        let fields: Vec<_> = of(group).into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["lines[0].choices", "lines[0].choices[0].group_id"]);
    }
}

fn faults_or_none(request: &PlaceOrder) -> Vec<(String, &'static str)> {
    priced(request).err().map_or_else(Vec::new, |refused| faults_of(&refused))
}

#[test]
fn a_change_of_a_component_that_is_not_there_is_refused() {
    let changes = vec![changed(3), changed(0), changed(0)];
    let what = Ordered::Set(SetLine { set: Ref::Id(FAMILY), choices: vec![], changes });

    assert_eq!(
        faults(&request(vec![line(0, 1, what)])),
        [
            fault("lines[0].changes[0].component", "SET_CHOICE_INVALID"),
            fault("lines[0].changes[2].component", "SET_CHOICE_INVALID"),
        ]
    );
}

#[test]
fn a_stopped_option_is_refused_where_it_was_chosen_and_the_others_stay() {
    let menu = menu_with(|parts| parts.stops.push(stop(StopSubject::Product(TRUFFLE), BranchId::MAIN)));
    let with = |choices| priced_with(&request(vec![line(0, 1, set(PICK_TWO, choices))]), &menu);

    assert!(with(pizzas(&[MARGHERITA, PEPPERONI])).is_ok());
    assert_eq!(
        faults_of(&with(pizzas(&[MARGHERITA, TRUFFLE])).unwrap_err()),
        [fault("lines[0].choices[0].product_ids[1]", "OUT_OF_STOCK")]
    );
}

#[test]
fn a_set_that_is_not_on_the_menu_is_named_where_it_was_named() {
    let unknown = |set| {
        let set = Ordered::Set(SetLine { set, choices: Vec::new(), changes: Vec::new() });
        faults(&request(vec![line(0, 1, set)]))
    };

    assert_eq!(unknown(Ref::read("7", "")), [fault("lines[0].set_id", "UNKNOWN_PRODUCT")]);
    assert_eq!(unknown(Ref::read("", "Пир")), [fault("lines[0].set_name", "UNKNOWN_PRODUCT")]);
}
