//! P16: what is left of the capacity when five times as many orders are offered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::ensure;

use crate::figure::{Bench, Better, Figure, Goal, Side};
use crate::orders::customers::{Customers, Told};
use crate::orders::ours::Ours;
use crate::orders::sides::Capacity;
use crate::run::open::open;
use crate::run::paired;

const GOAL: Goal = Goal {
    id: "P16",
    what: "orders accepted while five times the capacity is offered / the most that are accepted",
    better: Better::Higher,
    target: 0.85,
    moonshot: 0.97,
};

const TIMES: f64 = 5.0;
/// A crowd that is smaller than this is no overload of five times.
const TIMES_AT_LEAST: f64 = 4.5;
/// In flight at the peak.
const PEAK: usize = 256;

/// Measures the figure; `capacity` is of ours, in orders a second.
pub async fn measure(bench: &Bench, ours: &Ours, capacity: f64) -> anyhow::Result<Vec<Figure>> {
    let mut crowd = Crowd {
        customers: ours.customers.clone(),
        rate: capacity * TIMES,
        came_for: Duration::ZERO,
        seen: Arc::default(),
    };
    let mut peak = Capacity { customers: ours.customers.clone(), in_flight: PEAK };
    let before = ours.customers.tally().counts();
    let rounds = paired(bench, &mut crowd, &mut peak).await?;
    let seen = &crowd.seen;
    let offered = seen.offered.load(Ordering::Relaxed);
    #[expect(clippy::cast_precision_loss, reason = "a count of some millions")]
    let per_second = offered as f64 / crowd.came_for.as_secs_f64();
    let too_few = (per_second < capacity * TIMES_AT_LEAST).then(|| {
        format!(
            "only {per_second:.0} orders/s could be offered, {:.1} times the capacity",
            per_second / capacity
        )
    });
    Ok(vec![Figure {
        goal: GOAL,
        name: format!("{per_second:.0} orders/s offered"),
        unit: "orders/s",
        rounds,
        notes: vec![
            "both sides are ours; a refusal has to be RESOURCE_EXHAUSTED or UNAVAILABLE with a hint when to come again"
                .to_owned(),
        ],
        void: ours.customers.tally().fault_since(before).or(too_few),
        details: vec![
            ("capacity, orders/s".to_owned(), format!("{capacity:.0}")),
            ("offered, orders/s".to_owned(), format!("{per_second:.0}")),
            ("offered in all".to_owned(), offered.to_string()),
            ("refused with a hint".to_owned(), seen.refused.load(Ordering::Relaxed).to_string()),
            ("failed otherwise".to_owned(), seen.failed.load(Ordering::Relaxed).to_string()),
        ],
    }])
}

/// More customers than can be served.
struct Crowd {
    customers: Customers,
    rate: f64,
    came_for: Duration,
    seen: Arc<Seen>,
}

/// What became of a crowd's orders.
#[derive(Debug, Default)]
struct Seen {
    offered: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
}

impl Side for Crowd {
    async fn round(&mut self, length: Duration) -> anyhow::Result<f64> {
        let (customers, seen) = (self.customers.clone(), Arc::clone(&self.seen));
        let measured = open(self.rate, length, move |_| {
            let (customers, seen) = (customers.clone(), Arc::clone(&seen));
            async move { come(&customers, &seen).await }
        })
        .await;
        ensure!(measured.done > 0, "nothing was accepted");
        self.came_for += measured.offered_for;
        #[expect(clippy::cast_precision_loss, reason = "a count of some millions")]
        Ok(measured.done as f64 / measured.took.as_secs_f64())
    }
}

async fn come(customers: &Customers, seen: &Seen) -> bool {
    seen.offered.fetch_add(1, Ordering::Relaxed);
    match customers.ask().await {
        Told::Accepted(order) => {
            customers.tally().acknowledged(order);
            true
        }
        Told::Later => {
            seen.refused.fetch_add(1, Ordering::Relaxed);
            false
        }
        Told::Failed(why) => {
            seen.failed.fetch_add(1, Ordering::Relaxed);
            customers.tally().failed(&why);
            false
        }
    }
}
