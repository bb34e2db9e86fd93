//! I12: what had to be told is told, what was told is read, and dead letters are those that were sent on purpose.

use crate::facts::Facts;
use crate::facts::log::Told;
use crate::facts::orders::StoredOrder;
use crate::report::Tally;
use crate::{Expected, Verdict};

pub fn check(facts: &Facts, expected: Expected) -> Verdict {
    let mut tally = Tally::default();
    for (schema, count) in &facts.unpublished {
        tally.expect(*count == 0, || format!("{count} events wait in the outbox of {schema}"));
    }
    for (group, what) in &facts.log.unread {
        tally.find(format!("{group} has to read {what}"));
    }
    for origin in &facts.log.unreadable {
        tally.find(format!("{origin} is no event"));
    }
    let dead = u64::try_from(facts.log.dead.len()).unwrap_or(u64::MAX);
    tally.expect(dead == expected.dead_letters, || {
        let first = facts.log.dead.iter().next();
        let first = first.map_or(String::new(), |(origin, reason)| format!(", such as {origin}: {reason}"));
        format!("{dead} records are dead letters instead of {}{first}", expected.dead_letters)
    });
    for order in facts.book.orders.iter().filter(|order| order.row.created_at > facts.log.whole_since) {
        told(order, facts.log.told.get(&order.row.id), &mut tally);
    }
    for (order, told) in &facts.log.told {
        let Some(original) = &told.duplicate_of else { continue };
        let stored = facts.book.duplicates.get(order).map(ToString::to_string);
        tally.expect(stored.as_ref() == Some(original), || {
            format!("order {order} is told to be a duplicate of {original}, stored: {stored:?}")
        });
    }
    tally.into()
}

/// Every version was told, as one event. The first one may be missing: it is told apart from the outbox, and when
/// the teller dies before, the next version tells everything.
fn told(order: &StoredOrder, told: Option<&Told>, tally: &mut Tally) {
    let (id, version) = (order.row.id, order.row.version);
    let Some(told) = told else {
        tally.look();
        tally.find(format!("nobody was told of order {id}"));
        return;
    };
    let missing: Vec<i64> = (2.min(version)..=version).filter(|v| !told.versions.contains_key(v)).collect();
    tally.expect(missing.is_empty(), || format!("the versions {missing:?} of order {id} were never told"));
    let unknown: Vec<_> = told.versions.keys().filter(|v| !(1..=version).contains(*v)).collect();
    tally.expect(unknown.is_empty(), || format!("order {id} was told with the versions {unknown:?}"));
    for (version, events) in told.versions.iter().filter(|(_, events)| events.len() > 1) {
        tally.find(format!("version {version} of order {id} was told as {} different events", events.len()));
    }
    // a record that cannot be read is lost, and said to be
    let Some(full) = order.full().filter(|_| missing.is_empty() && unknown.is_empty()) else { return };
    tally.expect(told.newest.as_ref() == Some(&full), || {
        format!("version {version} of order {id} was told in another state than it is stored in")
    });
}
