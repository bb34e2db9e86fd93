//! An order as one audience may see it: the body of REST answers and of frames.

use chrono::{DateTime, Utc};
use domain::orders::audience::{Audience, FieldGroup};

use crate::order::{CustomerItem, CustomerOrder, ItemExtra, PizzaItem, PizzaOrder, StatusChange};
use crate::orders::v1::{HistoryEntry, Item, Order};
use crate::timestamp::Timestamp;

/// The order cut to the columns of its audience.
pub fn view(order: &PizzaOrder, audience: Audience) -> Order {
    let mut seen = Order {
        id: order.id.clone(),
        display_id: order.display_id.clone(),
        status: order.status.clone(),
        created_at: from_nanos(order.created_at),
        is_pickup: order.is_pickup,
        pickup_location_id: order.pickup_location_id.clone(),
        target_slot_id: order.target_slot_id.clone(),
        target_slot_start_time: from_seconds(order.slot_start),
        target_slot_end_time: from_seconds(order.slot_end),
        visible_at: from_rfc3339(&order.visible_at),
        version: order.version,
        branch_id: order.branch_id.clone(),
        channel: order.channel.clone(),
        business_date: order.business_date.clone(),
        ready_at: ready_at(order),
        shown: order.shown,
        is_set: order.is_set,
        set_name: order.set_name.clone(),
        ..Order::default()
    };
    if audience.sees(FieldGroup::Items) {
        seen.items = order.items.iter().map(|item| item_view(order, item, audience)).collect();
    }
    if audience.sees(FieldGroup::Notes) {
        seen.notes = Some(order.notes.clone());
    }
    if audience.sees(FieldGroup::FirstName) {
        seen.customer_first_name = Some(order.customer_first_name.clone());
    }
    if audience.sees(FieldGroup::Contact) {
        seen.customer_last_name = Some(order.customer_last_name.clone());
        seen.customer_phone = Some(order.customer_phone.clone());
        seen.delivery_address = Some(order.delivery_address.clone());
        seen.call_before_minutes = Some(order.call_before_minutes);
        seen.customer_id = Some(order.customer_id);
    }
    if audience.sees(FieldGroup::PaymentMethod) {
        seen.payment_method = Some(order.payment_method.clone());
        seen.payment_state = Some(order.payment_state.clone());
    }
    if audience.sees(FieldGroup::FinalPrice) {
        seen.final_price = Some(order.final_price);
    }
    if audience.sees(FieldGroup::Discounts) {
        seen.total_price = Some(order.total_price);
        seen.delivery_fee = Some(order.delivery_fee);
        seen.discount_amount = Some(order.discount_amount);
        seen.discount_percent = Some(order.discount_percent);
    }
    if audience.sees(FieldGroup::History) {
        seen.history = order.history.iter().map(history_entry).collect();
        seen.cancel_reason = Some(order.cancel_reason.clone()).filter(|reason| !reason.is_empty());
    }
    seen.courier_id = Some(order.courier_id.clone()).filter(|courier| !courier.is_empty());
    seen
}

/// The customer's column: what whoever knows the order's id may see.
pub fn customer_view(order: &PizzaOrder) -> CustomerOrder {
    CustomerOrder {
        order_id: order.id.clone(),
        display_id: order.display_id.clone(),
        status: order.status.clone(),
        version: order.version,
        is_pickup: order.is_pickup,
        slot_start: from_seconds(order.slot_start),
        slot_end: from_seconds(order.slot_end),
        final_price: order.final_price,
        items: order.items.iter().map(customer_item).collect(),
    }
}

fn customer_item(item: &PizzaItem) -> CustomerItem {
    CustomerItem {
        name: item.pizza_name.clone(),
        quantity: item.quantity,
        extras: item.extras.clone(),
        exclude_ingredients: item.exclude_ingredients.clone(),
        set_name: item.set_name.clone(),
    }
}

fn item_view(order: &PizzaOrder, item: &PizzaItem, audience: Audience) -> Item {
    let with_money = audience.sees(FieldGroup::Discounts);
    let money = |amount: i32| with_money.then_some(amount);
    let mut seen = Item {
        pizza_name: item.pizza_name.clone(),
        quantity: item.quantity,
        price: money(item.price),
        pizza_price: money(item.pizza_price),
        extras_price: money(item.extras_price),
        set_name: item.set_name.clone(),
        is_set_item: item.is_set_item,
        id: item.id.clone(),
        item_index: item.item_index,
        line_index: item.line_index,
        product_id: item.product_id.clone(),
        size: item.size.clone(),
        category: item.category.clone(),
        version: item.version,
        status: item.status.clone(),
        recipe_version_id: item.recipe_version_id.clone(),
        allergens: item.allergens.clone(),
        // The whole order fires at once: items of their own time come with stations.
        fire_at: from_rfc3339(&order.visible_at),
        ..Item::default()
    };
    if audience.sees(FieldGroup::Changes) {
        seen.extras.clone_from(&item.extras);
        seen.exclude_ingredients.clone_from(&item.exclude_ingredients);
        seen.ingredients.clone_from(&item.ingredients);
        seen.ingredient_amounts.clone_from(&item.ingredient_amounts);
        seen.extra_details = item.extra_details.iter().map(|extra| extra_view(extra, with_money)).collect();
        seen.exclusions.clone_from(&item.exclusions);
        seen.left.clone_from(&item.left);
        seen.right.clone_from(&item.right);
        seen.route.clone_from(&item.route);
    }
    seen
}

fn extra_view(extra: &ItemExtra, with_money: bool) -> ItemExtra {
    let price = if with_money { extra.price } else { 0 };
    ItemExtra { price, ..extra.clone() }
}

fn history_entry(change: &StatusChange) -> HistoryEntry {
    HistoryEntry {
        status: change.status.clone(),
        at: DateTime::from_timestamp_millis(change.at).map(Timestamp::from),
        actor: change.actor.clone(),
        version: change.version,
    }
}

fn ready_at(order: &PizzaOrder) -> Option<Timestamp> {
    let ready = order.history.iter().rev().find(|change| change.status == "ready")?;
    DateTime::from_timestamp_millis(ready.at).map(Timestamp::from)
}

fn from_nanos(nanos: i64) -> Option<Timestamp> {
    Some(DateTime::<Utc>::from_timestamp_nanos(nanos).into())
}

fn from_seconds(seconds: i64) -> Option<Timestamp> {
    (seconds != 0).then_some(Timestamp { seconds, nanos: 0 })
}

fn from_rfc3339(text: &str) -> Option<Timestamp> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc().into())
}
