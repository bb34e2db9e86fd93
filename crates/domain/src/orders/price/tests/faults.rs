use super::*;
use crate::ids::{BranchId, ExtraId, ProductId};
use crate::menu::samples::*;
use crate::menu::{Extra, ExtraLink, PriceSubject, StopSubject};
use crate::orders::old_body::{OldItem, mobile_line, read_back_sets};
use crate::orders::request::{ExtraPick, IngredientRef, ProductLine, Ref, Side};
use crate::orders::samples::{delivery, extra, line, product, request};

fn cola(quantity: i32) -> Vec<Line> {
    vec![line(0, quantity, product(COLA, vec![]))]
}

#[test]
fn ord_14_all_faults_are_told_at_once() {
    let nowhere = ProductId::from_uuid(uuid::Uuid::nil());
    let lines = vec![
        line(0, 1, product(nowhere, vec![])),
        line(1, 100, product(MARGHERITA, vec![])),
        line(2, 1, product(MARGHERITA, vec![extra(CHILI, Side::Whole)])),
    ];

    let refused = priced(&request(lines)).unwrap_err();

    assert_eq!((refused.kind(), refused.reason()), (ErrorKind::InvalidArgument, "VALIDATION_FAILED"));
    assert_eq!(
        faults_of(&refused),
        [
            fault("lines[0].product_id", "UNKNOWN_PRODUCT"),
            fault("lines[1].quantity", "QUANTITY_OUT_OF_RANGE"),
            fault("lines[2].extras[0].extra_id", "EXTRA_NOT_ALLOWED"),
        ]
    );
}

#[test]
fn ord_11_an_order_above_a_million_is_too_large() {
    let cakes = request(vec![line(0, 99, product(CAKE, vec![]))]);

    assert_eq!(faults(&cakes), [fault("lines", "ORDER_TOO_LARGE")]);
}

#[test]
fn an_order_holds_200_units_and_50_lines() {
    let lines =
        |count, quantity| request((0..count).map(|at| line(at, quantity, product(COLA, vec![]))).collect());

    assert!(priced(&lines(50, 4)).is_ok());
    assert_eq!(faults(&lines(3, 67)), [fault("lines", "ORDER_TOO_LARGE")]);
    assert_eq!(faults(&lines(51, 1)), [fault("lines", "LINES_COUNT")]);
    assert_eq!(faults(&lines(0, 1)), [fault("lines", "LINES_COUNT")]);
}

#[test]
fn what_is_wrong_with_all_that_is_ordered_is_named_by_the_field_that_was_sent() {
    let item =
        |quantity| OldItem { pizza_name: "Маргарита".to_owned(), quantity, ..OldItem::default() };
    let items =
        |count, quantity| PlaceOrder { v1: true, ..request(read_back_sets(vec![item(quantity); count])) };

    assert_eq!(faults(&items(51, 1)), [fault("items", "LINES_COUNT")]);
    assert_eq!(faults(&items(3, 67)), [fault("items", "ORDER_TOO_LARGE")]);
    assert_eq!(request(vec![mobile_line(item(1))]).list_field(), "pizza_name");
}

#[test]
fn a_quantity_is_1_to_99() {
    for quantity in [0, -1, 100, i32::MIN, i32::MAX] {
        assert_eq!(faults(&request(cola(quantity))), [fault("lines[0].quantity", "QUANTITY_OUT_OF_RANGE")]);
    }
}

#[test]
fn an_extra_must_be_known_and_not_too_much() {
    let with = |pick| faults(&request(vec![line(0, 1, product(MARGHERITA, vec![pick]))]));
    let cheese = extra(CHEESE, Side::Whole);
    let path = "lines[0].extras[0].extra_id";

    assert_eq!(with(ExtraPick { count: 4, ..cheese.clone() }), [fault(path, "EXTRA_COUNT")]);
    assert_eq!(with(ExtraPick { count: -1, ..cheese.clone() }), [fault(path, "EXTRA_COUNT")]);
    assert_eq!(with(ExtraPick { side: Side::Left, ..cheese }), [fault(path, "EXTRA_NOT_ALLOWED")]);
    let unknown = extra(ExtraId::from_uuid(uuid::Uuid::nil()), Side::Whole);
    assert_eq!(with(unknown), [fault(path, "UNKNOWN_EXTRA")]);
}

#[test]
fn only_what_is_removable_is_left_out() {
    let without = |excluded| {
        let what = Ordered::Product(ProductLine { product: Ref::Id(MARGHERITA), extras: vec![], excluded });
        faults(&request(vec![line(0, 1, what)]))
    };

    assert_eq!(
        without(vec![IngredientRef::Id(BASIL), IngredientRef::Id(DOUGH)]),
        [fault("lines[0].exclude_ingredients[1]", "INGREDIENT_NOT_REMOVABLE")]
    );
    let many = vec![IngredientRef::Id(BASIL); 21];
    assert_eq!(without(many), [fault("lines[0].exclude_ingredients", "EXCLUDED_COUNT")]);
    let dough = |times| vec![IngredientRef::Id(DOUGH); times];
    assert_eq!(without(dough(20)).len(), 20);
    assert_eq!(without(dough(21)), [fault("lines[0].exclude_ingredients", "EXCLUDED_COUNT")]);
}

#[test]
fn what_is_stopped_or_off_sale_is_refused_with_all_culprits() {
    let menu = menu_with(|parts| {
        parts.stops.push(stop(StopSubject::Nomenclature(MOZZARELLA), BranchId::MAIN));
        parts.products[3].ready_for_sale = false;
    });
    let lines = vec![
        line(0, 1, product(MARGHERITA, vec![])),
        line(1, 1, product(COLA, vec![])),
        line(2, 1, product(CAKE, vec![])),
    ];

    let refused = priced_with(&request(lines), &menu).unwrap_err();

    assert_eq!(refused.kind(), ErrorKind::FailedPrecondition);
    assert_eq!(
        faults_of(&refused),
        [fault("lines[0].product_id", "OUT_OF_STOCK"), fault("lines[1].product_id", "NOT_ON_SALE")]
    );
}

#[test]
fn an_item_has_20_different_extras_at_most() {
    let id = |number| ExtraId::from_uuid(uuid::Uuid::from_u128(0x100 + number));
    let menu = menu_with(|parts| {
        for number in 0..21_u128 {
            let sample = parts.extras[0].clone();
            parts.extras.push(Extra { id: id(number), name: format!("extra {number}"), ..sample });
            parts.prices.push(price_row(PriceSubject::Extra(id(number)), 10));
            let sample = parts.products[0].extras[0];
            parts.products[0].extras.push(ExtraLink { extra: id(number), ..sample });
        }
    });
    let with = |count| {
        let extras = (0..count).map(|number| extra(id(number), Side::Whole)).collect();
        priced_with(&request(vec![line(0, 1, product(MARGHERITA, extras))]), &menu)
    };

    assert_eq!(with(20).map(|order| order.goods), Ok(rub(749)));
    assert_eq!(faults_of(&with(21).unwrap_err()), [fault("lines[0].extras", "EXTRA_COUNT")]);
}

#[test]
fn a_stopped_extra_is_refused_where_it_was_picked() {
    let menu = menu_with(|parts| parts.stops.push(stop(StopSubject::Extra(CHEESE), BranchId::MAIN)));
    let order = request(vec![line(0, 1, product(MARGHERITA, vec![extra(CHEESE, Side::Whole)]))]);

    let refused = priced_with(&order, &menu).unwrap_err();

    assert_eq!(faults_of(&refused), [fault("lines[0].extras[0].extra_id", "OUT_OF_STOCK")]);
}

#[test]
fn a_delivery_needs_an_address_and_a_phone() {
    let with = |address: &str, phone: &str| {
        let (delivery_address, phone) = (address.to_owned(), phone.to_owned());
        faults(&PlaceOrder { phone, delivery_address, ..delivery(cola(5)) })
    };

    assert_eq!(
        with("", ""),
        [fault("customer_phone", "PHONE_REQUIRED"), fault("delivery_address", "ADDRESS_REQUIRED")]
    );
    assert_eq!(with("Невский, 1", "12ab"), [fault("customer_phone", "PHONE_INVALID")]);
    assert_eq!(with(&"я".repeat(501), "1234567"), [fault("delivery_address", "TEXT_TOO_LONG")]);
}

#[test]
fn a_delivery_below_the_zones_least_sum_is_refused_with_what_is_missing() {
    let refused = priced(&delivery(cola(4))).unwrap_err();

    assert_eq!((refused.kind(), refused.reason()), (ErrorKind::FailedPrecondition, "MIN_ORDER_NOT_REACHED"));
    assert!(refused.to_string().contains("20.00 RUB short"), "{refused}");
    let exact = price_row(PriceSubject::Product(COLA), 125);
    let enough = menu_with(|parts| parts.prices = vec![exact]);
    assert_eq!(priced_with(&delivery(cola(4)), &enough).map(|order| order.goods), Ok(rub(500)));
}

#[test]
fn a_branch_must_take_orders_and_be_the_one_of_the_pickup() {
    let at = |branch: String, pickup: String| {
        priced(&PlaceOrder { branch_id: branch, pickup_location_id: pickup, ..request(cola(1)) })
    };
    let main = || BranchId::MAIN.to_string();
    let other = || OTHER_BRANCH.to_string();

    for unknown in ["7".to_owned(), CLOSED_BRANCH.to_string()] {
        assert_eq!(
            faults_of(&at(unknown, String::new()).unwrap_err()),
            [fault("branch_id", "BRANCH_UNKNOWN")]
        );
    }
    assert_eq!(
        faults_of(&at(main(), other()).unwrap_err()),
        [fault("pickup_location_id", "PICKUP_BRANCH_MISMATCH")]
    );
    assert_eq!(at(String::new(), other()).unwrap().branch, OTHER_BRANCH);
    assert_eq!(at(String::new(), "nowhere".to_owned()).unwrap().branch, BranchId::MAIN);
}

#[test]
fn an_unknown_branch_hides_no_other_fault() {
    let order = PlaceOrder { branch_id: "7".to_owned(), notes: "\0!".to_owned(), ..request(cola(1)) };
    let order = PlaceOrder { notes: "a\0b".to_owned(), lines: cola(0), ..order };

    assert_eq!(
        faults(&order),
        [
            fault("notes", "TEXT_INVALID"),
            fault("branch_id", "BRANCH_UNKNOWN"),
            fault("lines[0].quantity", "QUANTITY_OUT_OF_RANGE"),
        ]
    );
}

#[test]
fn a_time_beyond_the_horizon_is_out_of_range() {
    let at = |preferred| priced(&PlaceOrder { preferred: Some(preferred), ..request(cola(1)) });
    let last = noon() + Duration::days(7);

    assert!(at(last).is_ok());
    let refused = at(last + Duration::milliseconds(1)).unwrap_err();
    assert_eq!((refused.kind(), refused.reason()), (ErrorKind::OutOfRange, "PREFERRED_TIME_TOO_FAR"));
}

#[test]
fn odd_numbers_and_names_are_refused_by_their_fields() {
    let order = PlaceOrder {
        customer_id: -1,
        call_before_minutes: 121,
        payment_method: "shells".to_owned(),
        zone_id: "7".to_owned(),
        external_ref: "x".repeat(65),
        ..delivery(cola(5))
    };

    assert_eq!(
        faults(&order),
        [
            fault("customer_id", "CUSTOMER_ID_INVALID"),
            fault("call_before_minutes", "CALL_BEFORE_OUT_OF_RANGE"),
            fault("payment_method", "PAYMENT_METHOD_UNKNOWN"),
            fault("external_ref", "TEXT_TOO_LONG"),
            fault("zone_id", "ZONE_UNKNOWN"),
        ]
    );
}

#[test]
fn customer_0_is_nobody_in_particular() {
    assert!(priced(&PlaceOrder { customer_id: 0, ..request(cola(1)) }).is_ok());
}

#[test]
fn a_call_before_a_pickup_needs_a_phone_and_a_pickup_alone_does_not() {
    let called = |call_before_minutes| PlaceOrder { call_before_minutes, ..request(cola(1)) };

    assert_eq!(faults(&called(15)), [fault("customer_phone", "PHONE_REQUIRED")]);
    assert!(priced(&called(0)).is_ok());
}

#[test]
fn an_extra_is_picked_200_times_and_5_per_unit_at_most() {
    let generous = menu_with(|parts| parts.extras[0].max_per_unit = 5);
    let with = |picks: Vec<ExtraPick>| {
        priced_with(&request(vec![line(0, 1, product(MARGHERITA, picks))]), &generous)
            .map_err(|refused| faults_of(&refused))
            .map(|order| order.items[0].extras[0].count)
    };
    let cheese = extra(CHEESE, Side::Whole);

    assert_eq!(with(vec![ExtraPick { count: 5, ..cheese.clone() }]), Ok(5));
    for picks in
        [vec![ExtraPick { count: 6, ..cheese.clone() }], vec![ExtraPick { count: -1, ..cheese.clone() }]]
    {
        assert_eq!(with(picks), Err(vec![fault("lines[0].extras[0].extra_id", "EXTRA_COUNT")]));
    }
    let many = |times| with(vec![cheese.clone(); times]);
    assert_eq!(many(200), Err(vec![fault("lines[0].extras[0].extra_id", "EXTRA_COUNT")]));
    for times in [201, 202] {
        assert_eq!(many(times), Err(vec![fault("lines[0].extras", "EXTRA_COUNT")]));
    }
}
