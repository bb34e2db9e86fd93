//! Orders as the gateway commits them; a test changes only what it is about.

use chassis::{Clock as _, IdSource as _, SystemClock, SystemIds};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use contracts::order::{PizzaItem, PizzaOrder, RouteStage};
use testkit::BRANCH_MAIN;

/// Now, as the machine sees it.
pub fn now() -> DateTime<Utc> {
    SystemClock.now()
}

/// A new id of an order accepted at `at`.
pub fn id_at(at: DateTime<Utc>) -> String {
    SystemIds.new_v7(at).to_string()
}

/// Two pizzas and a drink, delivered by the main branch within the hour, visible at once.
pub fn delivery() -> PizzaOrder {
    accepted_at(now())
}

/// The same, accepted at another time.
pub fn accepted_at(at: DateTime<Utc>) -> PizzaOrder {
    PizzaOrder {
        id: id_at(at),
        display_id: "0042".to_owned(),
        display_number: 42,
        branch_id: BRANCH_MAIN.to_owned(),
        status: "pending".to_owned(),
        channel: "mobile".to_owned(),
        payment_method: "cash".to_owned(),
        payment_state: "due".to_owned(),
        customer_first_name: "Анна".to_owned(),
        customer_last_name: "Иванова".to_owned(),
        customer_phone: "+79123456789".to_owned(),
        delivery_address: "ул. Ленина, 1".to_owned(),
        notes: "без лука".to_owned(),
        items: vec![pizza(0), drink(1)],
        total_price: 2 * 549 + 99,
        delivery_fee: 150,
        final_price: 2 * 549 + 99 + 150,
        created_at: at.timestamp_nanos_opt().unwrap(),
        business_date: at.date_naive().to_string(),
        slot_start: (at + TimeDelta::minutes(30)).timestamp(),
        slot_end: (at + TimeDelta::minutes(45)).timestamp(),
        visible_at: rfc3339(at),
        menu_revision: 7,
        version: 1,
        ..PizzaOrder::default()
    }
}

/// The same, picked up by the customer.
pub fn pickup() -> PizzaOrder {
    let order = delivery();
    PizzaOrder {
        is_pickup: true,
        final_price: order.final_price - order.delivery_fee,
        delivery_fee: 0,
        delivery_address: String::new(),
        ..order
    }
}

/// The same, for later: the kitchen sees it at `at`.
pub fn visible_at(at: DateTime<Utc>) -> PizzaOrder {
    let slot_start = (at + TimeDelta::minutes(30)).timestamp();
    PizzaOrder { visible_at: rfc3339(at), slot_start, slot_end: slot_start + 900, ..delivery() }
}

/// Two pizzas: prepared, then baked.
pub fn pizza(index: i32) -> PizzaItem {
    let stage = |kind: &str| RouteStage { kind: kind.to_owned(), seconds: 120, oven_places: 1 };
    PizzaItem {
        id: id_at(now()),
        item_index: index,
        pizza_name: "Маргарита".to_owned(),
        quantity: 2,
        price: 549,
        pizza_price: 549,
        category: "pizza".to_owned(),
        route: vec![stage("prep"), stage("oven")],
        ..PizzaItem::default()
    }
}

/// A drink, which the kitchen does nothing for.
pub fn drink(index: i32) -> PizzaItem {
    PizzaItem {
        id: id_at(now()),
        item_index: index,
        pizza_name: "Морс".to_owned(),
        quantity: 1,
        price: 99,
        pizza_price: 99,
        category: "drinks".to_owned(),
        ..PizzaItem::default()
    }
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
