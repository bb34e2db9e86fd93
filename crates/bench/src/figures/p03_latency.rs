//! P3: how long an order takes that comes when it comes, at half of the capacity.

use crate::figure::{Bench, Better, Figure, Goal};
use crate::orders::floor::Floor;
use crate::orders::ours::Ours;
use crate::orders::sides::Latency;
use crate::run::paired;

const GOAL: Goal = Goal {
    id: "P3",
    what: "p99 of CreateOrder at half of our capacity, counted from the intended start / F2 at the same rate",
    better: Better::Lower,
    target: 1.5,
    moonshot: 1.15,
};

/// Shares of the capacity whose percentiles are told beside the figure.
const LOADS: [f64; 3] = [0.3, 0.7, 0.9];

/// Measures the figure; `capacity` is of ours, in orders a second.
pub async fn measure(
    bench: &Bench,
    ours: &Ours,
    floor: &Floor,
    capacity: f64,
) -> anyhow::Result<Vec<Figure>> {
    let rate = capacity / 2.0;
    let before = (ours.customers.tally().counts(), floor.customers.tally().counts());
    let mut our_side = Latency { customers: ours.customers.clone(), rate };
    let mut floor_side = Latency { customers: floor.customers.clone(), rate };
    let rounds = paired(bench, &mut our_side, &mut floor_side).await?;
    let void = ours.customers.tally().fault_since(before.0).or(floor.customers.tally().fault_since(before.1));
    let mut details = Vec::new();
    for load in LOADS {
        our_side.rate = capacity * load;
        let measured = our_side.measure(bench.size.stretch).await?;
        details.push((
            format!("ours at {:.0} %, p50 and p99, ms", load * 100.0),
            format!("{:.1} and {:.1}", measured.millis(50.0), measured.millis(99.0)),
        ));
    }
    Ok(vec![Figure {
        goal: GOAL,
        name: format!("{rate:.0} orders/s"),
        unit: "ms",
        rounds,
        notes: vec![format!("the capacity of ours was {capacity:.0} orders/s")],
        void,
        details,
    }])
}
