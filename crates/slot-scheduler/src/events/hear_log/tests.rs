use std::sync::Mutex;

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
fn every_record_that_is_left_out_is_named_in_one_warning() {
    let mut wrong_sum =
        message(Topic::PizzaOrders, 41, PizzaOrder { total_price: 1, ..order() }.encode_to_vec());
    wrong_sum.key = Some(order().id.into());
    let fine = message(Topic::PizzaOrders, 42, order().encode_to_vec());
    let unreadable = message(Topic::OrderEvents, 43, vec![255]);
    let mut later = message(Topic::OrderEvents, 44, event(order_event::Type::Cancelled));
    later.headers.set("schema-version", "2");
    let ignored = message(Topic::OrderEvents, 45, event(order_event::Type::StatusChanged));
    let lines = Arc::new(Mutex::new(Vec::new()));
    let (kept, to) = (Arc::clone(&lines), tracing_subscriber::fmt().with_ansi(false));

    let heard =
        tracing::subscriber::with_default(to.with_writer(move || Lines(Arc::clone(&kept))).finish(), || {
            read(&[wrong_sum, fine, unreadable, later, ignored])
        });

    assert_eq!((heard.placed.len(), heard.cancelled.len()), (1, 0));
    let text = String::from_utf8(lines.lock().unwrap().clone()).unwrap();
    let warnings: Vec<_> = text.lines().collect();
    assert_eq!(warnings.len(), 3, "{text}");
    for (warning, offset) in warnings.iter().zip([41, 43, 44]) {
        assert!(warning.contains("WARN"), "{warning}");
        assert!(warning.contains(&format!("partition=3 offset={offset}")), "{warning}");
    }
    assert!(warnings[0].contains(&order().id), "{}", warnings[0]);
}

/// What was logged.
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
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
