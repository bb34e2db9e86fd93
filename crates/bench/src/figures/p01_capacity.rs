//! P1: how many orders a second are accepted, as a share of what the same calls make without any business.
//!
//! Ours checks, prices, recognises repeats, holds a place in slot-scheduler and answers when the log has the order for
//! good; the floor holds a place and writes to the log. Nobody stores orders meanwhile on either side.

use std::time::Duration;

use crate::figure::{Bench, Better, Figure, Goal, Round, Side as _};
use crate::orders::floor::{Floor, FloorStores};
use crate::orders::ours::Ours;
use crate::orders::sides::Capacity;
use crate::run::{paired, stats};

const GOAL: Goal = Goal {
    id: "P1",
    what: "orders accepted by CreateOrder / F2: the same calls, a lean script, a record on the log",
    better: Better::Higher,
    target: 0.70,
    moonshot: 0.90,
};

const IN_FLIGHT: [usize; 2] = [64, 256];

/// The floors below F2, from the bare call on.
const LADDER: [(&str, &str); 4] = [
    ("f0", "F0, a bare echo"),
    ("f1", "F1, and a lean script"),
    ("f1h", "F1h, and a second server before the script"),
    ("f2ff", "F2ff, and the log without waiting for it"),
];

/// Measures the figure. Services behind the log should rest.
pub async fn measure(
    bench: &Bench,
    ours: &Ours,
    stores: &FloorStores,
    floor: &Floor,
) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for in_flight in IN_FLIGHT {
        let before = (ours.customers.tally().counts(), floor.customers.tally().counts());
        let mut our_side = Capacity { customers: ours.customers.clone(), in_flight };
        let mut floor_side = Capacity { customers: floor.customers.clone(), in_flight };
        let rounds = paired(bench, &mut our_side, &mut floor_side).await?;
        let void =
            ours.customers.tally().fault_since(before.0).or(floor.customers.tally().fault_since(before.1));
        figures.push(Figure {
            goal: GOAL,
            name: format!("{in_flight} in flight"),
            unit: "orders/s",
            rounds,
            notes: vec![
                "order-consumer and ws-fanout rest; slot-scheduler writes down what the log says".to_owned(),
            ],
            void,
            details: ladder(stores, in_flight, bench.size.stretch).await?,
        });
    }
    Ok(figures)
}

/// Orders a second that are accepted while whoever works on them afterwards works too.
pub async fn with_everything_running(
    ours: &Ours,
    stretch: Duration,
) -> anyhow::Result<Vec<(String, String)>> {
    let mut details = Vec::new();
    for in_flight in IN_FLIGHT {
        let mut side = Capacity { customers: ours.customers.clone(), in_flight };
        let rate = side.round(stretch).await?;
        details.push((
            format!("with everything running, {in_flight} in flight, orders/s"),
            format!("{rate:.0}"),
        ));
    }
    Ok(details)
}

/// The most orders a second that ours accepted in these figures.
pub fn capacity(figures: &[Figure]) -> f64 {
    let medians = figures.iter().map(|figure| {
        let ours: Vec<f64> = figure.rounds.iter().map(|Round { ours, .. }| *ours).collect();
        stats::median(&ours)
    });
    medians.fold(0.0, f64::max)
}

async fn ladder(
    stores: &FloorStores,
    in_flight: usize,
    stretch: Duration,
) -> anyhow::Result<Vec<(String, String)>> {
    let mut details = Vec::new();
    for (name, what) in LADDER {
        let floor = stores.start(name).await?;
        let mut side = Capacity { customers: floor.customers.clone(), in_flight };
        side.round(stretch / 4).await?;
        let rate = side.round(stretch).await?;
        details.push((format!("{what}, orders/s"), format!("{rate:.0}")));
    }
    Ok(details)
}
