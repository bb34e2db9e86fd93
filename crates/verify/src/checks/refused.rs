//! I3: a key that got nothing but refusals has no order.

use std::collections::HashMap;

use crate::facts::Facts;
use crate::report::Tally;
use crate::{Journal, Outcome, Verdict};

pub fn check(facts: &Facts, journal: &Journal) -> Verdict {
    let mut refusals: HashMap<&str, Option<&str>> = HashMap::new();
    for entry in journal.entries.iter().filter(|entry| !entry.key.is_empty()) {
        let reason = refusals.entry(&entry.key).or_insert(Some(""));
        *reason = match &entry.outcome {
            Outcome::Refused { reason: latest } => reason.and(Some(latest)),
            Outcome::Acknowledged { .. } | Outcome::Unknown => None,
        };
    }
    let mut stored = HashMap::new();
    for order in &facts.book.orders {
        if let Some(record) = &order.record {
            stored.insert(record.idempotency_key.as_str(), order.row.id);
        }
    }
    let mut tally = Tally::default();
    for (key, reason) in refusals.into_iter().filter_map(|(key, reason)| Some((key, reason?))) {
        let order = stored.get(key);
        tally.expect(order.is_none(), || {
            format!(
                "the key {key:?} was refused ({reason}) and is order {}",
                order.copied().unwrap_or_default()
            )
        });
    }
    tally.into()
}
