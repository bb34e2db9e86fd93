use super::*;
use crate::order::{PizzaItem, SlotNeed};

fn order() -> PizzaOrder {
    let item = PizzaItem {
        id: "019c1a00-0000-7000-8000-0000000000a1".to_owned(),
        pizza_name: "Маргарита".to_owned(),
        quantity: 2,
        price: 748,
        ..PizzaItem::default()
    };
    PizzaOrder {
        id: "019c1a00-0000-7000-8000-000000000001".to_owned(),
        branch_id: "01900000-0000-7000-8000-000000000001".to_owned(),
        status: "pending".to_owned(),
        business_date: "2026-02-01".to_owned(),
        visible_at: "2026-02-01T10:15:00.000Z".to_owned(),
        slot_start: 1_769_942_700,
        slot_end: 1_769_943_600,
        items: vec![item],
        total_price: 1_496,
        final_price: 1_646,
        delivery_fee: 150,
        ..PizzaOrder::default()
    }
}

fn read(payload: &[u8]) -> Result<Accepted, BadRecord> {
    accepted(payload, SCHEMA_VERSION)
}

fn fault(change: impl FnOnce(&mut PizzaOrder)) -> String {
    let mut order = order();
    change(&mut order);
    read(&order.encode_to_vec()).unwrap_err().to_string()
}

#[test]
fn a_good_record_is_dated_by_its_id() {
    let read = read(&order().encode_to_vec()).unwrap();

    assert_eq!(read.order, order());
    assert_eq!(read.created_at.timestamp_millis(), 0x019c_1a00_0000);
    assert_eq!(read.visible_at.to_rfc3339(), "2026-02-01T10:15:00+00:00");
}

#[test]
fn a_record_that_no_table_can_take_says_why() {
    assert_eq!(read(b"\xffnot a message").unwrap_err().to_string(), "cannot be decoded");
    assert_eq!(fault(|order| order.total_price = 1), "the total is 1, the items make 1496");
    let v4 = "6f1c2b3a-1111-4222-8333-444455556666";
    assert_eq!(fault(|order| v4.clone_into(&mut order.id)), format!("the id {v4} is not a version 7 UUID"));
    assert_eq!(fault(|order| order.visible_at.clear()), r#"visible_at cannot be read: """#);
    assert_eq!(
        fault(|order| "soon".clone_into(&mut order.business_date)),
        r#"business_date cannot be read: "soon""#
    );
    assert_eq!(fault(|order| order.items[0].id.clear()), r#"items.id cannot be read: """#);
    assert!(
        fault(|order| order.idempotency_key = "k".repeat(129)).starts_with("idempotency_key cannot be read")
    );
    assert_eq!(fault(|order| order.customer_phone.push('\0')), "a text holds a NUL character");
}

#[test]
fn a_record_that_no_slot_can_take_says_why() {
    assert_eq!(fault(|order| order.slot_start = 0), r#"slot_start cannot be read: "0""#);
    assert_eq!(
        fault(|order| std::mem::swap(&mut order.slot_start, &mut order.slot_end)),
        r#"slot_end cannot be read: "1769942700""#
    );
    assert_eq!(fault(|order| order.display_number = -1), r#"display_number cannot be read: "-1""#);
}

#[test]
fn two_items_with_one_index_are_no_order() {
    let twice = fault(|order| {
        order.items.push(order.items[0].clone());
        order.total_price *= 2;
        order.final_price += 1_496;
    });

    assert_eq!(twice, "the item index 0 comes twice");
}

#[test]
fn a_record_of_a_later_schema_is_not_guessed_at() {
    let refused = accepted(&order().encode_to_vec(), SCHEMA_VERSION + 1).unwrap_err();

    assert_eq!(refused.to_string(), "the schema version is 2, known is 1");
}

#[test]
fn items_are_counted_before_they_are_made() {
    let mut many = order().encode_to_vec();
    many.extend([0x22, 0x00].repeat(400_000));

    assert_eq!(read(&many).unwrap_err().to_string(), "there are 400001 items, more than 5000");
    let mut cut_off = order().encode_to_vec();
    cut_off.extend([0x22, 0x7f]);
    assert_eq!(items_on_the_wire(&cut_off).unwrap(), 2);
    assert_eq!(read(&cut_off).unwrap_err().to_string(), "cannot be decoded");
}

#[test]
fn a_group_hides_no_items_from_the_count() {
    let empty_group = [0xbb, 0x3e, 0xbc, 0x3e]; // field 999, begun and ended
    let mut many = order().encode_to_vec();
    many.extend(empty_group);
    many.extend([0x22, 0x00].repeat(400_000));

    assert_eq!(read(&many).unwrap_err().to_string(), "there is a group, which no schema of ours has");
    let mut ended = order().encode_to_vec();
    ended.extend([0xbc, 0x3e]);
    ended.extend([0x22, 0x00].repeat(400_000));
    assert_eq!(read(&ended).unwrap_err().to_string(), "cannot be decoded");
}

#[test]
fn a_fault_quotes_little_of_what_the_record_says() {
    let long = "й".repeat(100_000);

    for fault in [
        fault(|order| order.id.clone_from(&long)),
        fault(|order| order.branch_id.clone_from(&long)),
        fault(|order| order.status.clone_from(&long)),
        fault(|order| order.business_date.clone_from(&long)),
        fault(|order| order.items[0].id.clone_from(&long)),
    ] {
        assert!(fault.len() <= 300, "{} bytes", fault.len());
    }
}

#[test]
fn a_time_outside_of_the_years_1_to_9999_is_no_order() {
    for date in ["-10000-01-01", "0000-12-31", "+10000-01-01", "+262142-12-31"] {
        let fault = fault(|order| date.clone_into(&mut order.business_date));
        assert_eq!(fault, format!("business_date cannot be read: {date:?}"));
    }
    for time in ["0000-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"] {
        let fault = fault(|order| time.clone_into(&mut order.visible_at));
        assert_eq!(fault, format!("visible_at cannot be read: {time:?}"));
    }
    assert_eq!(fault(|order| order.slot_end = 253_402_300_800), r#"slot_end cannot be read: "253402300800""#);
    assert_eq!(
        fault(|order| (order.slot_start, order.slot_end) = (8_000_000_000_000, 8_000_000_000_900)),
        r#"slot_start cannot be read: "8000000000000""#
    );
    let late = "ffffffff-ffff-7000-8000-000000000001";
    assert_eq!(fault(|order| late.clone_into(&mut order.id)), format!("id cannot be read: {late:?}"));

    for date in ["0001-01-01", "9999-12-31"] {
        let order = PizzaOrder { business_date: date.to_owned(), ..order() };
        assert_eq!(read(&order.encode_to_vec()).unwrap().business_date.to_string(), date);
    }
}

#[test]
fn amounts_that_no_slot_can_add_up_are_no_order() {
    let need = |units| Some(SlotNeed { units, ..SlotNeed::default() });

    assert_eq!(fault(|order| order.need = need(1_000_000_001)), r#"need cannot be read: "units 1000000001""#);
    assert_eq!(
        fault(|order| order.display_number = 1_000_000_001),
        r#"display_number cannot be read: "1000000001""#
    );
    for units in [-1, 1_000_000_000] {
        let order = PizzaOrder { need: need(units), display_number: 1_000_000_000, ..order() };
        assert!(read(&order.encode_to_vec()).is_ok(), "{units}");
    }
}

#[test]
fn a_record_larger_than_any_that_can_be_told_of_is_no_order() {
    let with_notes = |length: usize| PizzaOrder { notes: "n".repeat(length), ..order() }.encode_to_vec();
    let beside = with_notes(256 * 1024).len() - 256 * 1024;

    assert!(read(&with_notes(256 * 1024 - beside)).is_ok());
    let refused = read(&with_notes(256 * 1024 - beside + 1)).unwrap_err();
    assert_eq!(refused.to_string(), "there are 262145 bytes, more than 262144");
    assert_eq!(refused.kind(), ErrorKind::InvalidArgument);
}
