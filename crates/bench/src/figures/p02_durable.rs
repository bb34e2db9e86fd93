//! P2: what waiting for the log costs. Ours has no way of not waiting, so both sides are floors.

use crate::figure::{Bench, Better, Figure, Goal};
use crate::orders::floor::{Floor, FloorStores};
use crate::orders::sides::Capacity;
use crate::run::paired;

const GOAL: Goal = Goal {
    id: "P2",
    what: "F2, answered when the log has the order for good / F2ff, answered without waiting",
    better: Better::Higher,
    target: 0.80,
    moonshot: 0.90,
};

const IN_FLIGHT: [usize; 2] = [64, 256];

/// Measures the figure.
pub async fn measure(bench: &Bench, stores: &FloorStores, f2: &Floor) -> anyhow::Result<Vec<Figure>> {
    let f2ff = stores.start("f2ff").await?;
    let mut figures = Vec::new();
    for in_flight in IN_FLIGHT {
        let before = (f2.customers.tally().counts(), f2ff.customers.tally().counts());
        let mut waits = Capacity { customers: f2.customers.clone(), in_flight };
        let mut goes_on = Capacity { customers: f2ff.customers.clone(), in_flight };
        let rounds = paired(bench, &mut waits, &mut goes_on).await?;
        figures.push(Figure {
            goal: GOAL,
            name: format!("{in_flight} in flight"),
            unit: "orders/s",
            rounds,
            notes: vec!["the gateway always waits for the log: both sides are floor programs".to_owned()],
            void: f2.customers.tally().fault_since(before.0).or(f2ff.customers.tally().fault_since(before.1)),
            details: Vec::new(),
        });
    }
    Ok(figures)
}
