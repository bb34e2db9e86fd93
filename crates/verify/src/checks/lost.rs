//! I1: what was acknowledged, and what lies on the log, is stored; and what is stored is whole.

use std::collections::HashMap;

use uuid::Uuid;

use crate::facts::Facts;
use crate::facts::orders::StoredOrder;
use crate::report::Tally;
use crate::{Entry, Journal, Verdict};

pub fn check(facts: &Facts, journal: Option<&Journal>) -> Verdict {
    let mut tally = Tally::default();
    let stored = facts.book.by_id();
    for entry in journal.into_iter().flat_map(|journal| &journal.entries) {
        acknowledged(facts, &stored, entry, &mut tally);
    }
    for record in &facts.log.records {
        let is_kept = record.order.is_some_and(|order| stored.contains_key(&facts.book.original(order)));
        tally.expect(is_kept || facts.log.dead.contains_key(&record.origin), || {
            let order = record.order.map_or("something".to_owned(), |order| format!("order {order}"));
            format!("{} on the log is {order}, which is neither stored nor a dead letter", record.origin)
        });
    }
    for order in &facts.book.orders {
        is_whole(order, &mut tally);
    }
    tally.into()
}

fn acknowledged(facts: &Facts, stored: &HashMap<Uuid, &StoredOrder>, entry: &Entry, tally: &mut Tally) {
    let Some(order_id) = entry.order_id() else { return };
    let found = order_id.parse().ok().and_then(|id| stored.get(&facts.book.original(id)));
    let Some(order) = found else {
        tally.look();
        tally.find(format!("order {order_id} was acknowledged at {} and is not stored", entry.at));
        return;
    };
    let branch = order.row.branch_id.to_string();
    tally.expect(entry.branch.is_empty() || entry.branch == branch, || {
        format!("order {order_id} was acknowledged for branch {} and is stored at {branch}", entry.branch)
    });
    let key = order.record.as_ref().map_or("", |record| record.idempotency_key.as_str());
    tally.expect(entry.key.is_empty() || key.is_empty() || entry.key == key, || {
        format!("order {order_id} was acknowledged for key {:?} and is stored for {key:?}", entry.key)
    });
}

/// The record can be read, is about this order, and has all its items.
fn is_whole(order: &StoredOrder, tally: &mut Tally) {
    let id = order.row.id;
    let Some(record) = &order.record else {
        tally.look();
        tally.find(format!("the record of order {id} cannot be read"));
        return;
    };
    let same = record.id == id.to_string() && record.branch_id == order.row.branch_id.to_string();
    tally.expect(same, || format!("the record of order {id} is about {} at {}", record.id, record.branch_id));
    let slot = (order.row.slot_start.timestamp(), order.row.slot_end.timestamp());
    tally.expect(slot == (record.slot_start, record.slot_end), || {
        format!("order {id} is stored for another slot than its record names")
    });
    let mut wanted: Vec<i32> = record.items.iter().map(|item| item.item_index).collect();
    wanted.sort_unstable();
    let have: Vec<i32> = order.items.iter().map(|item| item.item_index).collect();
    tally.expect(have == wanted, || format!("order {id} has the items {have:?} instead of {wanted:?}"));
}
