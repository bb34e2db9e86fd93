//! A placed order as its answer.

use chrono::DateTime;
use contracts::order::{OrderResponse, PizzaOrder};
use contracts::record;
use contracts::shop::v1::PlaceOrderResponse;
use contracts::timestamp::Timestamp;

use crate::app::Placed;

/// The answer to a mobile app.
pub fn mobile(placed: Placed) -> OrderResponse {
    let Placed { order, replayed } = placed;
    OrderResponse {
        slot_start: instant(order.slot_start),
        slot_end: instant(order.slot_end),
        visible_at: record::visible_at(&order).map(Timestamp::from),
        items_count: items_count(&order),
        order_id: order.id,
        display_id: order.display_id,
        status: order.status,
        slot_id: order.target_slot_id,
        final_price: order.final_price,
        replayed,
        total_price: order.total_price,
        delivery_fee: order.delivery_fee,
        branch_id: order.branch_id,
    }
}

/// The answer to a page.
pub fn shop(placed: Placed) -> PlaceOrderResponse {
    let Placed { order, replayed } = placed;
    PlaceOrderResponse {
        slot_start: instant(order.slot_start),
        slot_end: instant(order.slot_end),
        visible_at: record::visible_at(&order).map(Timestamp::from),
        items_count: items_count(&order),
        order_id: order.id,
        display_id: order.display_id,
        status: order.status,
        total_price: order.total_price,
        final_price: order.final_price,
        delivery_fee: order.delivery_fee,
        items_price: order.total_price,
        slot_id: order.target_slot_id,
        replayed,
        branch_id: order.branch_id,
    }
}

fn items_count(order: &PizzaOrder) -> i32 {
    order.items.iter().map(|item| item.quantity).fold(0, i32::saturating_add)
}

fn instant(unix_seconds: i64) -> Option<Timestamp> {
    DateTime::from_timestamp(unix_seconds, 0).map(Timestamp::from)
}

#[cfg(test)]
mod tests {
    use contracts::order::PizzaItem;

    use super::*;

    #[test]
    fn a_first_record_with_too_many_items_to_count_is_answered_all_the_same() {
        let many = PizzaItem { quantity: i32::MAX, ..PizzaItem::default() };
        let order = PizzaOrder { items: vec![many.clone(), many], ..PizzaOrder::default() };

        assert_eq!(mobile(Placed { order, replayed: true }).items_count, i32::MAX);
    }
}
