//! I13: the copies in Redis are exactly what PostgreSQL says.

use std::collections::HashMap;

use contracts::orders_view;
use domain::orders::audience::Audience;
use serde_json::Value;
use uuid::Uuid;

use crate::Verdict;
use crate::facts::Facts;
use crate::facts::hot::{Copy, Member};
use crate::facts::orders::StoredOrder;
use crate::report::Tally;

pub fn check(facts: &Facts) -> Verdict {
    let mut tally = Tally::default();
    tally.expect(facts.hot.filled, || "Redis is not filled with orders".to_owned());
    for name in &facts.hot.unreadable {
        tally.find(format!("{name} in Redis cannot be read"));
    }
    let mut members: HashMap<Uuid, Vec<&Member>> = HashMap::new();
    for member in &facts.hot.members {
        members.entry(member.order).or_default().push(member);
    }
    for order in &facts.book.orders {
        let id = order.row.id;
        copy_of(order, facts.hot.copies.get(&id), &mut tally);
        place_of(order, &members.remove(&id).unwrap_or_default(), &mut tally);
    }
    let stored = facts.book.by_id();
    for order in facts.hot.copies.keys().filter(|order| !stored.contains_key(*order)) {
        tally.find(format!("Redis has a copy of order {order}, which is not stored"));
    }
    for order in members.keys() {
        tally.find(format!("Redis counts order {order} as live, which is not stored"));
    }
    tally.into()
}

/// A live order has a copy that stays; the copy of an ended one may have gone, and goes by itself.
fn copy_of(order: &StoredOrder, copy: Option<&Copy>, tally: &mut Tally) {
    let id = order.row.id;
    let Some(copy) = copy else {
        tally.expect(!order.is_live(), || format!("the live order {id} has no copy in Redis"));
        return;
    };
    tally.expect(copy.fades != order.is_live(), || {
        let fate = if copy.fades { "fades" } else { "stays forever" };
        format!("the copy of order {id}, which is {}, {fate}", order.row.status)
    });
    let version = order.row.version.to_string();
    tally.expect(
        copy.status.as_ref() == Some(&order.row.status) && copy.version.as_ref() == Some(&version),
        || {
            format!(
                "order {id} is {} with version {version}, its copy says {:?} and {:?}",
                order.row.status, copy.status, copy.version
            )
        },
    );
    let Some(full) = order.full() else { return };
    let is = serde_json::to_value(orders_view::view(&full, Audience::OFFICE)).unwrap_or_default();
    let says = copy.order.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    tally.expect(is == says, || format!("the copy of order {id} differs in {}", difference(&is, &says)));
}

/// A live order is in the set of those that the kitchen sees, or in that of those it does not see yet.
fn place_of(order: &StoredOrder, places: &[&Member], tally: &mut Tally) {
    let row = &order.row;
    let found: Vec<_> = places.iter().map(|member| (member.branch, member.hidden, member.score)).collect();
    let hidden = !row.shown;
    let score = if hidden { row.visible_at } else { row.slot_start }.timestamp();
    let wanted = if order.is_live() { vec![(row.branch_id, hidden, score)] } else { Vec::new() };
    tally.expect(found == wanted, || {
        format!("order {} is {} and in the sets {found:?} instead of {wanted:?}", row.id, row.status)
    });
}

/// Names of the fields in which two objects differ.
fn difference(is: &Value, says: &Value) -> String {
    let (Some(is), Some(says)) = (is.as_object(), says.as_object()) else { return "everything".to_owned() };
    let names = is.keys().chain(says.keys()).filter(|name| is.get(*name) != says.get(*name));
    let names: std::collections::BTreeSet<_> = names.map(String::as_str).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}
