//! A report as a run would make it.

use super::{Failure, Machine, Report};
use crate::figure::{Better, Figure, Goal, Round};

const CAPACITY: Goal =
    Goal { id: "P1", what: "ours & floor", better: Better::Higher, target: 0.70, moonshot: 0.90 };
const LATENCY: Goal =
    Goal { id: "P12", what: "how late", better: Better::Lower, target: 1.5, moonshot: 1.15 };

/// A figure that reaches its target, one that counts for nothing, and one that could not be measured.
pub fn report() -> Report {
    let rounds =
        |ratios: [f64; 3]| ratios.map(|ratio| Round { ours: ratio * 8_000.0, floor: 8_000.0 }).to_vec();
    let capacity = Figure {
        goal: CAPACITY,
        name: "64 in flight".to_owned(),
        unit: "orders/s",
        rounds: rounds([0.78, 0.8, 0.82]),
        notes: vec!["the table <orders> rests".to_owned()],
        void: None,
        details: vec![("F0, a bare echo, orders/s".to_owned(), "17800".to_owned())],
    };
    let late = Figure {
        goal: LATENCY,
        name: "900 orders/s".to_owned(),
        unit: "ms",
        void: Some("1 order is lost".to_owned()),
        rounds: rounds([1.0, 1.1, 9.0]),
        ..capacity.clone()
    };
    Report {
        size: "quick",
        seed: 7,
        machine: Machine { rustc: "rustc 1.95.0".to_owned(), processors: 2, ..Machine::default() },
        // as they were taken, not as they are shown
        figures: vec![late, capacity],
        failures: vec![Failure { id: "P9", why: "PostgreSQL does not answer".to_owned() }],
        seconds: 61,
    }
}
