//! I2: one order per id, per key, and per number of a day.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::TimeDelta;
use uuid::Uuid;

use crate::facts::Facts;
use crate::facts::orders::StoredOrder;
use crate::report::Tally;
use crate::{Journal, Verdict};

use super::accepted_at;

/// How long a key belongs to its order; an hour less than promised, as order-consumer counts.
const KEY_BINDS: TimeDelta = TimeDelta::hours(47);

pub fn check(facts: &Facts, journal: Option<&Journal>) -> Verdict {
    let mut tally = Tally::default();
    ids(&facts.book.orders, &mut tally);
    keys(facts, &mut tally);
    numbers(&facts.book.orders, &mut tally);
    if let Some(journal) = journal {
        acknowledged(facts, journal, &mut tally);
    }
    tally.into()
}

fn ids(orders: &[StoredOrder], tally: &mut Tally) {
    let mut seen = HashSet::new();
    for StoredOrder { row, .. } in orders {
        tally.expect(seen.insert(row.id), || format!("order {} is stored twice", row.id));
        tally.expect(row.created_at == accepted_at(row.id), || {
            format!("order {} is stored under {}, which is not the time in its id", row.id, row.created_at)
        });
    }
}

fn keys(facts: &Facts, tally: &mut Tally) {
    let mut owners: HashMap<(&str, &str), &StoredOrder> = HashMap::new();
    for order in &facts.book.orders {
        let Some(record) = order.record.as_ref().filter(|record| !record.idempotency_key.is_empty()) else {
            continue;
        };
        let key = (record.idempotency_scope.as_str(), record.idempotency_key.as_str());
        let earlier = owners.insert(key, order);
        let clash = earlier.filter(|earlier| {
            earlier.row.id != order.row.id && order.row.created_at - earlier.row.created_at < KEY_BINDS
        });
        tally.expect(clash.is_none(), || {
            let first = clash.map(|clash| clash.row.id).unwrap_or_default();
            format!("orders {first} and {} are both stored for the key {key:?}", order.row.id)
        });
        let owner = facts.book.keys.get(&(key.0.to_owned(), key.1.to_owned()));
        let is_bound = owner == Some(&order.row.id) || facts.now - order.row.created_at > KEY_BINDS;
        tally.expect(is_bound, || {
            format!("the key {key:?} belongs to {owner:?} instead of the stored order {}", order.row.id)
        });
    }
}

fn numbers(orders: &[StoredOrder], tally: &mut Tally) {
    let mut owners = HashMap::new();
    for StoredOrder { row, .. } in orders {
        let earlier = owners.insert((row.branch_id, row.business_date, &row.display_id), row.id);
        let other = earlier.filter(|other| *other != row.id);
        tally.expect(other.is_none(), || {
            let other = other.unwrap_or_default();
            format!(
                "orders {other} and {} are both called {} on {}",
                row.id, row.display_id, row.business_date
            )
        });
    }
}

fn acknowledged(facts: &Facts, journal: &Journal, tally: &mut Tally) {
    let mut orders: HashMap<(&str, &str), BTreeSet<Uuid>> = HashMap::new();
    for entry in journal.entries.iter().filter(|entry| !entry.key.is_empty()) {
        if let Some(id) = entry.order_id().and_then(|id| id.parse().ok()) {
            let key = (entry.branch.as_str(), entry.key.as_str());
            orders.entry(key).or_default().insert(facts.book.original(id));
        }
    }
    for ((_, key), orders) in orders {
        tally
            .expect(orders.len() == 1, || format!("the key {key:?} was acknowledged with orders {orders:?}"));
    }
}
