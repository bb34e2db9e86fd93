use super::*;
use crate::channel::Channel;
use crate::ids::{NomenclatureId, ProductId};
use crate::menu::samples::{
    BASIL, CHEESE, CHILI, COLA, FAMILY, MARGHERITA, MOZZARELLA, PEPPERONI, PICK_TWO, PIZZAS,
};
use crate::orders::old_body::{OldItem, mobile_line, read_back_sets};
use crate::orders::request::{ChoicePick, ComponentChange, HalvesLine, IngredientRef, ProductRef, SetLine};
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
fn another_address_is_another_request_of_a_first_app_too() {
    let to = |address: &str| {
        let delivery_address = address.to_owned();
        fingerprint(&PlaceOrder { v1: true, delivery_address, ..two_margheritas() })
    };

    assert_ne!(to("Невский, 1"), to("Невский, 2"));
    assert_ne!(to("Невский, 1"), to(" "));
}

#[test]
fn text_moved_from_one_field_to_the_next_is_another_request() {
    let named = |first: &str, last: &str| {
        let (first_name, last_name) = (first.to_owned(), last.to_owned());
        fingerprint(&PlaceOrder { first_name, last_name, ..two_margheritas() })
    };

    assert_ne!(named("Анна Мария", ""), named("Анна", "Мария"));
    assert_ne!(named("АннаМария", ""), named("Анна", "Мария"));
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

#[test]
fn whatever_a_customer_asks_for_is_part_of_the_request() {
    let changes: [fn(&mut PlaceOrder); 11] = [
        |order| order.branch_id = "b".to_owned(),
        |order| order.pickup_location_id = "b".to_owned(),
        |order| order.customer_id = 2,
        |order| order.fulfilment = Fulfilment::Pickup,
        |order| order.delivery_address = "Невский, 2".to_owned(),
        |order| order.zone_id = "z".to_owned(),
        |order| order.preferred = Some(chrono::DateTime::UNIX_EPOCH),
        |order| order.payment_method = "card".to_owned(),
        |order| order.call_before_minutes = 10,
        |order| order.notes = "no onions".to_owned(),
        |order| order.external_ref = "no onions".to_owned(),
    ];
    let requests = changes.map(|change| {
        let mut order = two_margheritas();
        change(&mut order);
        order
    });

    all_differ(requests.into_iter().chain([two_margheritas()]));
}

#[test]
fn whatever_is_in_a_line_is_part_of_the_request() {
    let lines = [
        plain(MARGHERITA, &[]),
        plain(PEPPERONI, &[]),
        plain(MARGHERITA, &[BASIL]),
        plain(MARGHERITA, &[MOZZARELLA]),
        plain(MARGHERITA, &[BASIL, MOZZARELLA]),
        halved(MARGHERITA, &[BASIL], &[]),
        halved(MARGHERITA, &[], &[BASIL]),
        halved(COLA, &[], &[BASIL]),
        chosen(&[MARGHERITA, PEPPERONI], 0),
        chosen(&[MARGHERITA, MARGHERITA], 0),
        chosen(&[MARGHERITA, PEPPERONI], 1),
        Ordered::Set(SetLine { set: Ref::Id(FAMILY), choices: Vec::new(), changes: Vec::new() }),
        Ordered::Set(SetLine { set: Ref::Id(PICK_TWO), choices: Vec::new(), changes: Vec::new() }),
        Ordered::Product(ProductLine { product: Ref::BadId("p".to_owned()), ..naked("p") }),
        Ordered::Product(naked("p")),
        Ordered::Product(naked("q")),
        product(MARGHERITA, vec![extra(CHEESE, Side::Left)]),
        product(MARGHERITA, vec![extra(CHEESE, Side::Right)]),
        product(MARGHERITA, vec![extra(CHILI, Side::Right)]),
    ];

    all_differ(lines.into_iter().map(|what| request(vec![line(0, 1, what)])));
}

#[test]
fn the_order_of_what_is_left_out_and_an_address_nobody_drives_to_are_not() {
    let with =
        |excluded: &[NomenclatureId]| fingerprint(&request(vec![line(0, 1, plain(MARGHERITA, excluded))]));
    let picked_up = |address: &str| {
        let delivery_address = address.to_owned();
        fingerprint(&PlaceOrder { fulfilment: Fulfilment::Pickup, delivery_address, ..two_margheritas() })
    };

    assert_eq!(with(&[BASIL, MOZZARELLA]), with(&[MOZZARELLA, BASIL]));
    assert_eq!(picked_up("Невский, 1"), picked_up(""));
}

fn all_differ(requests: impl Iterator<Item = PlaceOrder>) {
    let mut seen = std::collections::HashMap::new();
    for request in requests {
        if let Some(same) = seen.insert(fingerprint(&request), request.clone()) {
            panic!("{request:?} is the same as {same:?}");
        }
    }
}

fn refs(excluded: &[NomenclatureId]) -> Vec<IngredientRef> {
    excluded.iter().copied().map(Ref::Id).collect()
}

fn plain(id: ProductId, excluded: &[NomenclatureId]) -> Ordered {
    Ordered::Product(ProductLine { product: Ref::Id(id), extras: Vec::new(), excluded: refs(excluded) })
}

fn naked(name: &str) -> ProductLine {
    ProductLine { product: ProductRef::Name(name.to_owned()), extras: Vec::new(), excluded: Vec::new() }
}

fn halved(left: ProductId, of_left: &[NomenclatureId], of_right: &[NomenclatureId]) -> Ordered {
    Ordered::Halves(HalvesLine {
        left: Ref::Id(left),
        right: Ref::Id(PEPPERONI),
        extras: Vec::new(),
        excluded_left: refs(of_left),
        excluded_right: refs(of_right),
    })
}

fn chosen(products: &[ProductId], component: i32) -> Ordered {
    let products = products.iter().copied().map(Ref::Id).collect();
    Ordered::Set(SetLine {
        set: Ref::Id(PICK_TWO),
        choices: vec![ChoicePick { group: Ref::Id(PIZZAS), products }],
        changes: vec![ComponentChange { component, extras: Vec::new(), excluded: refs(&[BASIL]) }],
    })
}
