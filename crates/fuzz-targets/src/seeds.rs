//! Real messages for the fuzzer to begin with.

use contracts::order::order_line::What;
use contracts::order::{
    HalvesLine, LineExtra, OrderLine, PizzaItem, PizzaOrder, PizzaOrderRequest, ProductLine, SetChoice,
    SetLine, SlotNeed,
};
use contracts::timestamp::Timestamp;
use prost::Message as _;
use serde_json::json;

use crate::signers::signed_tokens;

const MARGHERITA: &str = "019c1a00-0000-7000-8000-000000000101";
const PEPPERONI: &str = "019c1a00-0000-7000-8000-000000000102";
const CHEESE: &str = "019c1a00-0000-7000-8000-000000000201";
const CHOICE_SET: &str = "019c1a00-0000-7000-8000-000000000302";
const PIZZAS: &str = "019c1a00-0000-7000-8000-000000000801";
const BASIL: &str = "019c1a00-0000-7000-8000-000000000603";
const MAIN: &str = "01900000-0000-7000-8000-000000000001";
const ID: &str = "019c1a00-0000-7000-8000-0000000000aa";

/// The seeds of a target, each with its name.
pub fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let texts = |texts: Vec<String>| texts.into_iter().map(String::into_bytes).collect();
    let seeds: Vec<Vec<u8>> = match target {
        "mobile_order" => requests().iter().map(PizzaOrderRequest::encode_to_vec).collect(),
        "order_json" => texts(bodies()),
        "record" => records().iter().map(PizzaOrder::encode_to_vec).collect(),
        "slot_config" => texts(slot_settings()),
        "token" => texts(tokens()),
        "traceparent" => texts(trace_headers()),
        "ws_frame" => texts(shifts()),
        other => panic!("{other} has no seeds"),
    };
    (0..).zip(seeds).map(|(number, bytes)| (format!("seed-{number}"), bytes)).collect()
}

fn lines() -> Vec<OrderLine> {
    let cheese = |side: &str| LineExtra {
        extra_id: CHEESE.to_owned(),
        count: 2,
        side: side.to_owned(),
        ..LineExtra::default()
    };
    let line = |quantity, what| OrderLine { quantity, what: Some(what) };
    vec![
        line(
            2,
            What::Product(ProductLine {
                product_id: MARGHERITA.to_owned(),
                extras: vec![cheese("whole")],
                exclude_ingredients: vec![BASIL.to_owned()],
                ..ProductLine::default()
            }),
        ),
        line(
            1,
            What::Halves(HalvesLine {
                left_product_id: MARGHERITA.to_owned(),
                right_product_id: PEPPERONI.to_owned(),
                extras: vec![cheese("left")],
                ..HalvesLine::default()
            }),
        ),
        line(
            1,
            What::Set(SetLine {
                set_id: CHOICE_SET.to_owned(),
                choices: vec![SetChoice {
                    group_id: PIZZAS.to_owned(),
                    product_ids: vec![PEPPERONI.to_owned(), PEPPERONI.to_owned()],
                }],
                ..SetLine::default()
            }),
        ),
    ]
}

fn requests() -> Vec<PizzaOrderRequest> {
    let by_name = |name: &str| PizzaOrderRequest {
        pizza_name: name.to_owned(),
        quantity: 2,
        customer_first_name: "Анна".to_owned(),
        is_pickup: true,
        ..PizzaOrderRequest::default()
    };
    let in_lines = PizzaOrderRequest {
        lines: lines(),
        customer_first_name: "Анна".to_owned(),
        customer_phone: "8 (912) 345-67-89".to_owned(),
        delivery_address: "Невский, 1".to_owned(),
        preferred_time: Some(Timestamp { seconds: 1_770_003_600, nanos: 0 }),
        payment_method: "cash".to_owned(),
        ..PizzaOrderRequest::default()
    };
    vec![
        PizzaOrderRequest { extras: vec!["Сыр".to_owned()], ..by_name("Маргарита") },
        by_name("Семейный"),
        in_lines,
    ]
}

fn bodies() -> Vec<String> {
    let body = json!({"customer_first_name": "Анна", "customer_phone": "+79123456789", "is_pickup": true});
    let with = |more: &serde_json::Value| {
        let mut body = body.clone();
        let more = more.as_object().cloned().unwrap_or_default();
        body.as_object_mut().expect("it is one").extend(more);
        body.to_string()
    };
    let item = |name: &str, quantity: u8| json!({"pizza_name": name, "quantity": quantity});
    let of_set = |name: &str, quantity: u8| json!({"pizza_name": name, "quantity": quantity, "is_set_item": true, "set_name": "Семейный"});
    let spelled = [of_set("Маргарита", 1), of_set("Пепперони", 1), of_set("Кола", 2)];
    vec![
        with(&json!({"items": [item("Пепперони", 1), item("Кола", 3)], "payment_method": "CARD"})),
        with(&json!({"items": spelled, "call_before_minutes": 15, "notes": "без льда"})),
        with(&json!({"lines": lines(), "is_pickup": false, "delivery_address": "Невский, 1"})),
        with(&json!({"items": [item("Дуэт", 1)], "channel": "phone", "branch_id": MAIN,
            "preferred_time": "2026-02-02T10:00:00Z", "external_ref": "p-77"})),
    ]
}

fn records() -> Vec<PizzaOrder> {
    let item = |index: i32, price: i32, quantity: i32| PizzaItem {
        id: format!("019c1a00-0000-7000-8000-0000000000a{index}"),
        item_index: index,
        pizza_name: "Маргарита".to_owned(),
        quantity,
        price,
        ..PizzaItem::default()
    };
    let pickup = PizzaOrder {
        id: "019c1a00-0000-7000-8000-000000000001".to_owned(),
        branch_id: MAIN.to_owned(),
        status: "pending".to_owned(),
        business_date: "2026-02-01".to_owned(),
        visible_at: "2026-02-01T10:15:00.000Z".to_owned(),
        slot_start: 1_769_942_700,
        slot_end: 1_769_943_600,
        items: vec![item(0, 748, 2)],
        total_price: 1_496,
        final_price: 1_496,
        is_pickup: true,
        display_number: 42,
        display_id: "0042".to_owned(),
        ..PizzaOrder::default()
    };
    let delivery = PizzaOrder {
        items: vec![item(0, 549, 1), item(1, 120, 3)],
        total_price: 909,
        delivery_fee: 150,
        discount_amount: 9,
        final_price: 1_050,
        is_pickup: false,
        delivery_address: "Невский, 1".to_owned(),
        idempotency_scope: format!("{MAIN}/anonymous"),
        idempotency_key: "k-1".to_owned(),
        need: Some(SlotNeed { roubles: 909, orders: 1, units: 4, ..SlotNeed::default() }),
        ..pickup.clone()
    };
    vec![pickup, delivery]
}

fn slot_settings() -> Vec<String> {
    let lines = [
        "15 10000 - - - - - 30 0 7 -",
        "60 9000000 60 200 36000 12 8 240 45 30 10080 1770100000",
        "7 0 -1 - - - - - 31",
    ];
    lines.map(str::to_owned).to_vec()
}

fn tokens() -> Vec<String> {
    let claims = json!({
        "iss": "pizzeria", "aud": ["pizzeria"], "sub": "p-3", "kind": "device", "exp": 1_770_000_900,
        "grants": [{"role": "courier", "branches": [MAIN]}, {"role": "a_role_of_tomorrow"}],
    });
    let service = json!({"iss": "pizzeria-inner", "sub": "menu", "kind": "service", "exp": 1_770_000_900});
    signed_tokens().into_iter().chain([claims.to_string(), service.to_string()]).collect()
}

fn trace_headers() -> Vec<String> {
    let known = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
    vec![format!("00-{known}-01"), format!(" 00-{known}-03 "), format!("cc-{known}-00-what-comes-later")]
}

fn shifts() -> Vec<String> {
    let frame =
        |kind: &str, data: serde_json::Value| json!({"type": kind, "id": ID, "data": data}).to_string();
    let shift = [
        frame("auth", json!({"token": "a.b.c"})),
        frame("resume", json!({"seqs": ["5:10482", "2:777"]})),
        frame("subscribe", json!({"branch_id": MAIN, "statuses": ["pending", "cooking"], "items": "all"})),
        frame("order:status:update", json!({"order_id": ID, "status": "cooking", "expected_version": 1})),
        json!({"type": "pong"}).to_string(),
        frame("order:item:update", json!({"item_id": ID})),
    ];
    let nonsense =
        ["hello".to_owned(), "{}".to_owned(), frame("dance", json!(null)), "{\"type\":7}".to_owned()];
    let one_frame =
        frame("order:status:update", json!({"order_id": ID, "status": "ready", "expected_version": 2}));
    vec![shift.join("\n"), nonsense.join("\n"), one_frame]
}
