use super::*;
use crate::ids::{BranchId, ChoiceGroupId};
use crate::menu::samples::{MARGHERITA, TRUFFLE, menu_with, rub};
use crate::menu::{ChoiceOption, Component};
use crate::orders::choices::{Fulfilment, PaymentMethod};
use crate::orders::old_body::{OldItem, mobile_line, read_back_sets};
use crate::orders::samples::request;

fn item(pizza_name: &str) -> OldItem {
    OldItem { pizza_name: pizza_name.to_owned(), ..OldItem::default() }
}

fn of_set(pizza_name: &str, set: &str) -> OldItem {
    OldItem { is_set_item: true, set_name: set.to_owned(), quantity: 1, ..item(pizza_name) }
}

/// What a first app sends: no branch, no phone, no payment method, not even an address.
fn mobile(item: OldItem) -> PlaceOrder {
    body(vec![mobile_line(item)])
}

fn body(lines: Vec<Line>) -> PlaceOrder {
    let fulfilment = Fulfilment::Delivery;
    PlaceOrder { v1: true, fulfilment, payment_method: String::new(), ..request(lines) }
}

#[test]
fn ord_13_a_first_app_orders_by_name_alone() {
    let order = priced(&mobile(item("маргарита"))).unwrap();

    assert_eq!(prices(&order), [(549, 1)]);
    assert_eq!(order.items[0].name, "Маргарита");
    assert_eq!((order.branch, order.fulfilment), (BranchId::MAIN, Fulfilment::Pickup));
    assert_eq!(order.payment_method, PaymentMethod::Unspecified);
}

#[test]
fn a_name_may_be_that_of_a_set_which_takes_no_extras() {
    let order = priced(&mobile(OldItem { quantity: 2, ..item("СЕМЕЙНЫЙ") })).unwrap();
    let with_extras = OldItem { extras: vec!["Сыр".to_owned()], ..item("Семейный") };

    assert_eq!((order.goods, order.is_set), (rub(4_000), true));
    assert_eq!(faults(&mobile(with_extras)), [fault("extras", "EXTRA_NOT_ALLOWED")]);
    assert_eq!(faults(&mobile(item("Дуэт"))), [fault("choices", "SET_CHOICE_INVALID")]);
}

#[test]
fn only_the_first_apps_name_a_set_where_they_name_a_product() {
    let order = PlaceOrder { v1: false, ..mobile(OldItem { quantity: 1, ..item("Семейный") }) };

    assert!(faults(&order).contains(&fault("product_name", "UNKNOWN_PRODUCT")), "{:?}", faults(&order));
}

#[test]
fn an_extra_named_twice_counts_twice_and_faults_are_named_by_the_old_fields() {
    let cheese = |times| OldItem { extras: vec!["сыр".to_owned(); times], ..item("Маргарита") };

    assert_eq!(priced(&mobile(cheese(2))).unwrap().goods, rub(947));
    assert_eq!(faults(&mobile(cheese(4))), [fault("extras[0]", "EXTRA_COUNT")]);
    assert_eq!(faults(&mobile(item("Пицца"))), [fault("pizza_name", "UNKNOWN_PRODUCT")]);
}

#[test]
fn a_delivery_needs_no_phone() {
    let order =
        PlaceOrder { delivery_address: "Невский, 1".to_owned(), ..mobile(item("Маргарита")) };

    let order = priced(&order).unwrap();

    assert_eq!((order.fulfilment, order.fee, order.phone), (Fulfilment::Delivery, rub(150), None));
}

#[test]
fn a_set_spelled_out_in_any_order_is_that_set() {
    let items = ["Трюфельная", "Маргарита", "Пепперони"].map(|pizza| of_set(pizza, "семейный"));

    let order = priced(&body(read_back_sets(items.to_vec()))).unwrap();

    assert_eq!(prices(&order), [(511, 1), (651, 1), (838, 1)]);
    assert_eq!((order.is_set, order.set_name.as_str()), (true, "Семейный"));
}

#[test]
fn a_spelled_out_set_carries_choices_surcharges_and_changes() {
    let mut items = ["Кола", "Трюфельная", "Маргарита"].map(|pizza| of_set(pizza, "Дуэт"));
    items[2].extras = vec!["Сыр".to_owned()];

    let order = priced(&body(read_back_sets(items.to_vec()))).unwrap();

    assert_eq!(order.goods, rub(1_000 + 100 + 199));
}

#[test]
fn items_that_fit_two_choices_fill_them_in_the_order_they_are_spelled() {
    let truffle_for = |number: u128, surcharge| {
        let group = ChoiceGroupId::from_uuid(uuid::Uuid::from_u128(number));
        let option = |(product, roubles)| ChoiceOption { product, surcharge: rub(roubles) };
        let options = [(MARGHERITA, 0), (TRUFFLE, surcharge)].map(option).to_vec();
        Component::Choice { group, name: format!("Пицца {number}"), take: 1, options }
    };
    let menu = menu_with(|parts| parts.sets[0].components = vec![truffle_for(1, 150), truffle_for(2, 200)]);
    let goods = |pizzas: [&str; 2]| {
        let items = pizzas.map(|pizza| of_set(pizza, "Семейный"));
        priced_with(&body(read_back_sets(items.to_vec())), &menu).unwrap().goods
    };

    assert_eq!(goods(["Трюфельная", "Маргарита"]), rub(2_000 + 150));
    assert_eq!(goods(["Маргарита", "Трюфельная"]), rub(2_000 + 200));
}

#[test]
fn an_item_makes_room_for_one_that_fits_nowhere_else() {
    let only_margherita = Component::Fixed { product: MARGHERITA, count: 1 };
    let option = |(product, roubles)| ChoiceOption { product, surcharge: rub(roubles) };
    let group = ChoiceGroupId::from_uuid(uuid::Uuid::from_u128(1));
    let options = [(MARGHERITA, 50), (TRUFFLE, 150)].map(option).to_vec();
    let any = Component::Choice { group, name: "Пицца".to_owned(), take: 1, options };
    let menu = menu_with(|parts| parts.sets[0].components = vec![any, only_margherita]);
    let items = ["Маргарита", "Трюфельная"].map(|pizza| of_set(pizza, "Семейный"));

    let order = priced_with(&body(read_back_sets(items.to_vec())), &menu).unwrap();

    assert_eq!(order.goods, rub(2_000 + 150));
    assert_eq!(
        order.items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(),
        ["Трюфельная", "Маргарита"]
    );
}

#[test]
fn items_that_the_set_does_not_hold_are_refused() {
    let refused = |items: &[OldItem]| faults(&body(read_back_sets(items.to_vec())));
    let [one, two, three] = ["Маргарита", "Пепперони", "Пепперони"].map(|pizza| of_set(pizza, "Семейный"));
    let misfit = [fault("items[0].set_name", "SET_CHOICE_INVALID")];

    assert_eq!(refused(&[one.clone(), two.clone(), three]), misfit);
    assert_eq!(refused(&[one.clone(), two.clone()]), misfit);
    let not_offered = ["Торт", "Маргарита", "Кола"].map(|name| of_set(name, "Дуэт"));
    assert_eq!(refused(&not_offered), misfit);
    let truffle = OldItem { quantity: 2, ..of_set("Трюфельная", "Семейный") };
    assert_eq!(refused(&[one, two, truffle]), [fault("items[2].quantity", "SET_CHOICE_INVALID")]);
}
