//! Items that follow a command on their order.

use contracts::order::PizzaItem;
use domain::orders::status::OrderStatus;

/// Moves the items along with an order that entered `status`; says which of them moved.
///
/// `preparing` starts every pending item that has a route, `cooking` also those it finds still pending,
/// `ready` completes all, `cancelled` ends all.
pub(super) fn carry_items(items: &mut [PizzaItem], status: OrderStatus) -> Vec<i32> {
    let mut moved = Vec::new();
    for item in items {
        let Some(next) = next_state(item, status).filter(|next| *next != item.status) else { continue };
        next.clone_into(&mut item.status);
        item.version += 1;
        moved.push(item.item_index);
    }
    moved
}

fn next_state(item: &PizzaItem, status: OrderStatus) -> Option<&'static str> {
    let is_open = !matches!(item.status.as_str(), "completed" | "cancelled");
    match status {
        OrderStatus::Preparing | OrderStatus::Cooking => {
            (item.status == "pending" && !item.route.is_empty()).then_some("preparing")
        }
        OrderStatus::Ready => is_open.then_some("completed"),
        OrderStatus::Cancelled => is_open.then_some("cancelled"),
        OrderStatus::Pending | OrderStatus::Delivery | OrderStatus::Delivered | OrderStatus::Archived => None,
    }
}

#[cfg(test)]
mod tests {
    use contracts::order::RouteStage;

    use super::*;

    fn item(index: i32, route: &[&str]) -> PizzaItem {
        let stage = |kind: &&str| RouteStage { kind: (*kind).to_owned(), ..RouteStage::default() };
        PizzaItem {
            item_index: index,
            route: route.iter().map(stage).collect(),
            status: "pending".to_owned(),
            version: 1,
            ..PizzaItem::default()
        }
    }

    fn states(items: &[PizzaItem]) -> Vec<(&str, i64)> {
        items.iter().map(|item| (item.status.as_str(), item.version)).collect()
    }

    #[test]
    fn a_started_order_starts_its_items_that_have_a_route_and_a_ready_one_completes_all() {
        let mut items = [item(0, &["prep", "oven"]), item(1, &[])];

        assert_eq!(carry_items(&mut items, OrderStatus::Preparing), [0]);
        assert_eq!(states(&items), [("preparing", 2), ("pending", 1)]);

        assert_eq!(carry_items(&mut items, OrderStatus::Cooking), [0; 0]);
        assert_eq!(carry_items(&mut items, OrderStatus::Ready), [0, 1]);
        assert_eq!(states(&items), [("completed", 3), ("completed", 2)]);

        assert_eq!(carry_items(&mut items, OrderStatus::Delivery), [0; 0]);
    }

    #[test]
    fn a_cancelled_order_cancels_its_items() {
        let mut items = [item(0, &["prep"]), item(1, &[])];

        carry_items(&mut items, OrderStatus::Cancelled);

        assert_eq!(states(&items), [("cancelled", 2), ("cancelled", 2)]);
    }
}
