use bus::Headers;
use chrono::DateTime;
use contracts::order::PizzaItem;

use super::*;

fn order() -> PizzaOrder {
    let id = "019c1a00-0000-7000-8000-0000000000a1".to_owned();
    let item = PizzaItem { id, price: 748, quantity: 2, ..PizzaItem::default() };
    PizzaOrder {
        id: "019c1a00-0000-7000-8000-000000000001".to_owned(),
        branch_id: BranchId::MAIN.to_string(),
        status: "pending".to_owned(),
        items: vec![item],
        total_price: 1_496,
        discount_amount: 149,
        delivery_fee: 150,
        final_price: 1_497,
        business_date: "2026-02-01".to_owned(),
        slot_start: 1_769_940_900,
        slot_end: 1_769_941_800,
        visible_at: "2026-02-01T10:15:00.000Z".to_owned(),
        display_number: 7,
        ..PizzaOrder::default()
    }
}

fn message(topic: Topic, offset: i64, payload: Vec<u8>) -> Message {
    Message {
        topic,
        partition: 3,
        offset,
        key: None,
        payload: payload.into(),
        timestamp: DateTime::UNIX_EPOCH,
        headers: Headers::new(),
    }
}

fn event(kind: order_event::Type) -> Vec<u8> {
    let order = order();
    let event = OrderEvent {
        r#type: kind.into(),
        order_id: order.id.clone(),
        branch_id: order.branch_id.clone(),
        order: Some(order),
        ..OrderEvent::default()
    };
    event.encode_to_vec()
}

#[test]
fn slt_11_an_order_takes_its_goods_before_discount_and_fee() {
    let heard = read(&[message(Topic::PizzaOrders, 41, order().encode_to_vec())]);

    assert_eq!(heard.placed.len(), 1);
    assert_eq!(heard.placed[0].need, Need { roubles: 1_496, orders: 1, deliveries: 1, ..Need::ZERO });
    assert_eq!(heard.reached, [(("pizza-orders".to_owned(), 3), 42)].into());
}

#[test]
fn a_record_that_is_no_order_confirms_nothing_and_is_read_past() {
    let wrong_sum = PizzaOrder { total_price: 1, ..order() };
    let without_slot = PizzaOrder { slot_start: 0, ..order() };
    // order-consumer cannot store these, so their places would never be given back
    let without_time = PizzaOrder { id: "6f1c2b3a-1111-4222-8333-444455556666".to_owned(), ..order() };
    let with_a_nul = PizzaOrder { customer_phone: "\0".to_owned(), ..order() };
    let mut without_item_id = order();
    without_item_id.items[0].id.clear();

    let orders = [wrong_sum, without_slot, without_time, with_a_nul, without_item_id];
    let mut records = vec![message(Topic::PizzaOrders, 1, vec![255])];
    records
        .extend((2..).zip(orders).map(|(at, order)| message(Topic::PizzaOrders, at, order.encode_to_vec())));
    let mut later = message(Topic::PizzaOrders, 7, order().encode_to_vec());
    later.headers.set("schema-version", "2");
    records.push(later);

    let heard = read(&records);

    assert_eq!(heard.placed, []);
    assert_eq!(heard.reached, [(("pizza-orders".to_owned(), 3), 8)].into());
}

#[test]
fn only_cancelled_and_duplicate_orders_give_their_places_back() {
    let freed = |kind| read(&[message(Topic::OrderEvents, 1, event(kind))]).cancelled.len();

    assert_eq!(freed(order_event::Type::Cancelled), 1);
    assert_eq!(freed(order_event::Type::Duplicate), 1);
    assert_eq!(freed(order_event::Type::Created), 0);
    assert_eq!(freed(order_event::Type::StatusChanged), 0);
}

#[test]
fn a_cancelled_order_is_kept_with_its_record() {
    let heard = read(&[message(Topic::OrderEvents, 1, event(order_event::Type::Cancelled))]);

    assert_eq!(heard.cancelled[0].record, order().encode_to_vec());
}
