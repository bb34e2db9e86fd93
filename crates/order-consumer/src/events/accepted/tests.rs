use bus::Headers;
use contracts::order::PizzaItem;
use contracts::topics::Topic;

use super::*;

fn record() -> PizzaOrder {
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

fn read(payload: Vec<u8>) -> Result<NewOrder, BadRecord> {
    accepted(&Message {
        topic: Topic::PizzaOrders,
        partition: 3,
        offset: 17,
        key: None,
        payload: payload.into(),
        timestamp: DateTime::default(),
        headers: Headers::new(),
    })
}

fn fault(change: impl FnOnce(&mut PizzaOrder)) -> String {
    let mut record = record();
    change(&mut record);
    read(record.encode_to_vec()).unwrap_err().to_string()
}

#[test]
fn a_good_record_is_kept_to_the_byte_and_dated_by_its_id() {
    let bytes = record().encode_to_vec();

    let order = read(bytes.clone()).unwrap();

    assert_eq!(order.bytes, bytes);
    assert_eq!(order.created_at.timestamp_millis(), 0x019c_1a00_0000);
    assert_eq!(order.visible_at.to_rfc3339(), "2026-02-01T10:15:00+00:00");
}

#[test]
fn a_record_that_no_table_can_take_says_why() {
    assert_eq!(read(b"\xffnot a message".to_vec()).unwrap_err().to_string(), "cannot be decoded");
    assert_eq!(fault(|record| record.total_price = 1), "the total is 1, the items make 1496");
    let v4 = "6f1c2b3a-1111-4222-8333-444455556666";
    assert_eq!(fault(|record| v4.clone_into(&mut record.id)), format!("the id {v4} is not a version 7 UUID"));
    assert_eq!(fault(|record| record.slot_start = 0), r#"slot_start cannot be read: "0""#);
    assert_eq!(fault(|record| record.visible_at.clear()), r#"visible_at cannot be read: """#);
    assert_eq!(
        fault(|record| "soon".clone_into(&mut record.business_date)),
        r#"business_date cannot be read: "soon""#
    );
    assert_eq!(fault(|record| record.items[0].id.clear()), r#"items.id cannot be read: """#);
    assert!(
        fault(|record| record.idempotency_key = "k".repeat(129))
            .starts_with("idempotency_key cannot be read")
    );
    assert_eq!(fault(|record| record.customer_phone.push('\0')), "a text holds a NUL character");
}

#[test]
fn two_items_with_one_index_are_no_order() {
    let twice = fault(|record| {
        record.items.push(record.items[0].clone());
        record.total_price *= 2;
        record.final_price += 1_496;
    });

    assert_eq!(twice, "the item index 0 comes twice");
}
