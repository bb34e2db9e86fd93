use super::*;
use crate::channel::Channel;
use crate::menu::samples::{CHEESE, MARGHERITA};
use crate::orders::old_body::{OldItem, mobile_line, read_back_sets};
use crate::orders::samples::{delivery, extra, line, product, request};

fn two_margheritas() -> PlaceOrder {
    delivery(vec![line(0, 2, product(MARGHERITA, vec![extra(CHEESE, Side::Whole)]))])
}

#[test]
fn ord_16_another_quantity_is_another_request() {
    let mut changed = two_margheritas();
    changed.lines[0].quantity = 3;

    assert_ne!(fingerprint(&changed), fingerprint(&two_margheritas()));
}

#[test]
fn the_way_in_and_the_spelling_make_no_other_request() {
    let same = PlaceOrder {
        channel: Channel::Web,
        phone: "+7 912 345-67-89".to_owned(),
        first_name: " Анна ".to_owned(),
        payment_method: "CASH".to_owned(),
        ..two_margheritas()
    };

    assert_eq!(fingerprint(&same), fingerprint(&two_margheritas()));
}

#[test]
fn an_extra_taken_twice_is_an_extra_with_count_2() {
    let with = |extras| fingerprint(&request(vec![line(0, 1, product(MARGHERITA, extras))]));
    let cheese = extra(CHEESE, Side::Whole);

    let twice = with(vec![cheese.clone(), cheese.clone()]);

    assert_eq!(twice, with(vec![ExtraPick { count: 2, ..cheese.clone() }]));
    assert_ne!(twice, with(vec![cheese]));
}

#[test]
fn a_first_apps_request_is_the_same_over_both_doors() {
    let item = OldItem { pizza_name: "маргарита".to_owned(), quantity: 1, ..OldItem::default() };
    let missing = OldItem { pizza_name: "Маргарита".to_owned(), ..OldItem::default() };
    let v1 = |lines, fulfilment| PlaceOrder { v1: true, fulfilment, ..request(lines) };

    let grpc = v1(vec![mobile_line(item)], Fulfilment::Delivery);
    let rest = v1(read_back_sets(vec![missing]), Fulfilment::Pickup);

    assert_eq!(fingerprint(&grpc), fingerprint(&rest));
}

#[test]
fn text_moved_from_one_field_to_the_next_is_another_request() {
    let named = |first: &str, last: &str| {
        let (first_name, last_name) = (first.to_owned(), last.to_owned());
        fingerprint(&PlaceOrder { first_name, last_name, ..two_margheritas() })
    };

    assert_ne!(named("Анна Мария", ""), named("Анна", "Мария"));
}

#[test]
fn another_phone_is_another_request_also_when_it_is_no_phone_number() {
    let phoned = |phone: &str| fingerprint(&PlaceOrder { phone: phone.to_owned(), ..two_margheritas() });

    assert_ne!(phoned("+7 912 345-67-89"), phoned("+7 912 345-67-88"));
    assert_ne!(phoned("call me"), phoned("ask Anna"));
}

#[test]
fn only_a_first_app_means_one_when_it_says_no_quantity() {
    let with = |v1, quantity| {
        let lines = vec![line(0, quantity, product(MARGHERITA, vec![]))];
        fingerprint(&PlaceOrder { v1, ..request(lines) })
    };

    assert_eq!(with(true, 0), with(true, 1));
    assert_ne!(with(true, 2), with(true, 1));
    assert_ne!(with(false, 0), with(false, 1));
}
