//! I9: what an order went through is a path of the state machine, and its versions have no gap.

use domain::ids::{BranchId, OrderId};
use domain::orders::choices::Fulfilment;
use domain::orders::lifecycle::{ItemFacts, OrderFacts};
use domain::orders::status::OrderStatus;

use crate::Verdict;
use crate::facts::Facts;
use crate::facts::log::Told;
use crate::facts::orders::StoredOrder;
use crate::report::Tally;

pub fn check(facts: &Facts) -> Verdict {
    let mut tally = Tally::default();
    for order in &facts.book.orders {
        path(order, &mut tally);
        let told = facts.log.told.get(&order.row.id).filter(|_| order.row.created_at > facts.log.whole_since);
        versions(order, told, &mut tally);
    }
    tally.into()
}

fn path(order: &StoredOrder, tally: &mut Tally) {
    let (id, Some(mut facts)) = (order.row.id, facts_of(order)) else { return };
    let mut at = order.row.created_at;
    for change in &order.history {
        let Some(to) = OrderStatus::parse(&change.status) else {
            tally.find(format!("order {id} went to {:?}, which is no status", change.status));
            return;
        };
        let from = facts.status;
        tally.expect(facts.allowed().contains(&to), || {
            format!("order {id} went from {from} to {to} with version {}, which no move does", change.version)
        });
        tally.expect(change.at >= at, || {
            format!("order {id} went to {to} at {}, before what came before it", change.at)
        });
        (facts.status, at) = (to, change.at);
    }
    tally.expect(facts.status.as_str() == order.row.status, || {
        format!("order {id} is {}, its history ends with {}", order.row.status, facts.status)
    });
}

/// Every version after the first is a status, or the moment in which a hidden order was shown.
fn versions(order: &StoredOrder, told: Option<&Told>, tally: &mut Tally) {
    let row = &order.row;
    let mut noted = order.history.iter().map(|change| change.version).peekable();
    let mut shown = Vec::new();
    for version in 2..=row.version {
        if noted.next_if_eq(&version).is_none() {
            shown.push(version);
        }
    }
    tally.expect(noted.peek().is_none(), || {
        format!("order {} has version {}, and a history with others", row.id, row.version)
    });
    let first_status = order.history.first().map_or(i64::MAX, |change| change.version);
    let is_shown_once = match shown.as_slice() {
        [] => true,
        [version] => row.shown && *version < first_status,
        _ => false,
    };
    tally.expect(is_shown_once, || format!("nothing is known of the versions {shown:?} of order {}", row.id));
    if let (Some(told), [version]) = (told, shown.as_slice()) {
        tally.expect(told.visible.contains(version), || {
            format!("version {version} of order {} is neither a status nor told as its showing", row.id)
        });
    }
}

fn facts_of(order: &StoredOrder) -> Option<OrderFacts> {
    let record = order.record.as_ref()?;
    let item = |item: &contracts::order::PizzaItem| ItemFacts {
        has_route: !item.route.is_empty(),
        has_oven: item.route.iter().any(|stage| stage.kind == "oven"),
    };
    Some(OrderFacts {
        id: OrderId::from_uuid(order.row.id),
        branch: BranchId::from_uuid(order.row.branch_id),
        status: OrderStatus::Pending,
        version: 1,
        visible_at: order.row.visible_at,
        fulfilment: Fulfilment::from_is_pickup(record.is_pickup),
        courier: None,
        items: record.items.iter().map(item).collect(),
    })
}
