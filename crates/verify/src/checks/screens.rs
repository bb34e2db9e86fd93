//! I7 and I8: every screen sees every order of its branches in every state, in order, and no other order.

use std::collections::{HashMap, HashSet};

use domain::orders::status::OrderStatus;
use uuid::Uuid;

use crate::facts::Facts;
use crate::facts::orders::StoredOrder;
use crate::report::Tally;
use crate::{Frames, Screen, Verdict};

/// I7.
pub fn complete(facts: &Facts, frames: &Frames) -> Verdict {
    let mut tally = Tally::default();
    let stored = facts.book.by_id();
    for screen in &frames.screens {
        let last = in_order(screen, &mut tally);
        for order in last.keys().filter(|order| !stored.contains_key(*order)) {
            tally.find(format!("{} was shown order {order}, which is not stored", screen.name));
        }
        for order in facts.book.orders.iter().filter(|order| is_for(screen, order)) {
            up_to_date(screen, order, last.get(&order.row.id).copied(), &mut tally);
        }
    }
    tally.into()
}

/// I8.
pub fn own(facts: &Facts, frames: &Frames) -> Verdict {
    let mut tally = Tally::default();
    let stored = facts.book.by_id();
    for screen in &frames.screens {
        let own: HashSet<&str> = screen.branches.iter().map(String::as_str).collect();
        for seen in &screen.seen {
            let order = seen.order_id.parse().ok().and_then(|id: Uuid| stored.get(&id));
            let branch = order.map_or_else(|| seen.branch.clone(), |order| order.row.branch_id.to_string());
            tally.expect(own.contains(seen.branch.as_str()) && own.contains(branch.as_str()), || {
                let (name, order) = (&screen.name, &seen.order_id);
                format!("{name} was shown order {order} of branch {branch} (the frame says {})", seen.branch)
            });
        }
    }
    tally.into()
}

/// Versions rise one by one; a snapshot may repeat or skip, but never goes back. Answers the last of each order.
fn in_order(screen: &Screen, tally: &mut Tally) -> HashMap<Uuid, i64> {
    let mut last: HashMap<Uuid, i64> = HashMap::new();
    let name = &screen.name;
    for seen in &screen.seen {
        let Ok(order) = seen.order_id.parse::<Uuid>() else {
            tally.find(format!("{name} was shown {:?}, which is no order's id", seen.order_id));
            continue;
        };
        let version = seen.version;
        let before = last.insert(order, version);
        let fits = match before {
            None => true,
            Some(before) if seen.snapshot => version >= before,
            Some(before) => version == before + 1,
        };
        tally.expect(fits, || {
            let before = before.unwrap_or_default();
            format!("{name} was shown version {version} of order {order} after {before}")
        });
        // a screen keeps the newest
        if let Some(before) = before.filter(|before| *before > version) {
            last.insert(order, before);
        }
    }
    last
}

fn up_to_date(screen: &Screen, order: &StoredOrder, last: Option<i64>, tally: &mut Tally) {
    // what ended before the last snapshot is in none of the later frames
    if !order.is_live() && order.last_change() <= screen.since {
        return;
    }
    let version = order.row.version;
    tally.expect(last == Some(version), || {
        let (name, id) = (&screen.name, order.row.id);
        match last {
            None => format!("{name} was never shown order {id}"),
            Some(last) => format!("{name} was shown order {id} up to version {last} of {version}"),
        }
    });
}

fn is_for(screen: &Screen, order: &StoredOrder) -> bool {
    let branch = order.row.branch_id.to_string();
    let under_way = order.is_live() && order.status() != Some(OrderStatus::Pending);
    screen.branches.contains(&branch) && (screen.hidden_too || order.row.shown || under_way)
}
