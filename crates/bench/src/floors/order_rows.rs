//! Accepted orders of the usual shape, as the gateway commits them.

use chassis::{IdSource as _, SystemIds};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use contracts::order::{PizzaItem, PizzaOrder, RouteStage};
use testkit::BRANCH_MAIN;

/// Price of each of the items, in roubles.
const PRICES: [i32; 3] = [549, 749, 99];
const FEE: i32 = 150;

/// A new order for delivery: two pizzas and a drink, with a key, to be seen at once.
pub fn accepted(at: DateTime<Utc>) -> PizzaOrder {
    let id = SystemIds.new_v7(at);
    let total: i32 = PRICES.iter().sum();
    PizzaOrder {
        id: id.to_string(),
        display_id: "0042".to_owned(),
        display_number: 42,
        branch_id: BRANCH_MAIN.to_owned(),
        status: "pending".to_owned(),
        channel: "mobile".to_owned(),
        payment_method: "cash".to_owned(),
        payment_state: "due".to_owned(),
        customer_first_name: "Анна".to_owned(),
        customer_phone: "+79123456789".to_owned(),
        delivery_address: "ул. Ленина, 1, кв. 42, подъезд 3".to_owned(),
        notes: "без лука".to_owned(),
        items: (0..).zip(PRICES).map(|(index, price)| item(at, index, price)).collect(),
        total_price: total,
        delivery_fee: FEE,
        final_price: total + FEE,
        created_at: at.timestamp_nanos_opt().unwrap_or_default(),
        business_date: at.date_naive().to_string(),
        slot_start: (at + TimeDelta::minutes(30)).timestamp(),
        slot_end: (at + TimeDelta::minutes(45)).timestamp(),
        visible_at: at.to_rfc3339_opts(SecondsFormat::Millis, true),
        menu_revision: 7,
        version: 1,
        idempotency_scope: "customer:+79123456789".to_owned(),
        idempotency_key: id.to_string(),
        fingerprint: id.as_bytes().repeat(2),
        ..PizzaOrder::default()
    }
}

fn item(at: DateTime<Utc>, index: i32, price: i32) -> PizzaItem {
    let stage = |kind: &str| RouteStage { kind: kind.to_owned(), seconds: 120, oven_places: 1 };
    PizzaItem {
        id: SystemIds.new_v7(at).to_string(),
        item_index: index,
        product_id: "019c1a00-0000-7000-8000-0000000000f1".to_owned(),
        pizza_name: "Маргарита".to_owned(),
        quantity: 1,
        price,
        pizza_price: price,
        category: "pizza".to_owned(),
        route: vec![stage("prep"), stage("oven")],
        ..PizzaItem::default()
    }
}
