//! What is measured: a goal, the rounds of a run, and what they say.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::Serialize;

use crate::run::stats;

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Better {
    /// More is better: throughput.
    Higher,
    /// Less is better: latency, memory.
    Lower,
}

/// What a ratio should be.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Goal {
    /// As in the table of goals.
    pub id: &'static str,
    /// What is compared with what.
    pub what: &'static str,
    /// Which way is good.
    pub better: Better,
    /// What has to be reached.
    pub target: f64,
    /// What would be excellent.
    pub moonshot: f64,
}

/// Both sides of a comparison, measured next to each other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Round {
    /// The system.
    pub ours: f64,
    /// The floor program.
    pub floor: f64,
}

/// One measured row of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// What it is held against.
    pub goal: Goal,
    /// Which variant of it, such as "64 in flight".
    pub name: String,
    /// Of both sides.
    pub unit: &'static str,
    /// What was measured.
    pub rounds: Vec<Round>,
    /// What a reader has to know.
    pub notes: Vec<String>,
    /// Why the figure counts for nothing: lost or doubled orders, too many errors.
    pub void: Option<String>,
    /// More numbers, by name.
    pub details: Vec<(String, String)>,
}

/// What a figure says of its goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Verdict {
    /// It counts for nothing.
    Void,
    /// The goal is missed.
    Missed,
    /// The target holds.
    Reached,
    /// The moonshot holds.
    Moonshot,
}

/// One side of a comparison.
pub trait Side {
    /// One timed stretch; answers its rate or latency.
    fn round(&mut self, length: Duration) -> impl Future<Output = anyhow::Result<f64>>;

    /// Whether a stretch goes better after another one; not where each stretch starts a process anew.
    fn warms_up(&self) -> bool {
        true
    }
}

/// How much is measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Size {
    /// Rounds of A B B A.
    pub rounds: usize,
    /// Before each side's first stretch of a round.
    pub warm_up: Duration,
    /// One timed stretch.
    pub stretch: Duration,
}

impl Size {
    /// For a look: the table in under 5 minutes.
    pub const QUICK: Self =
        Self { rounds: 3, warm_up: Duration::from_millis(200), stretch: Duration::from_millis(600) };
    /// For the record: the table in about 15 minutes.
    pub const FULL: Self =
        Self { rounds: 7, warm_up: Duration::from_millis(300), stretch: Duration::from_secs(1) };
}

/// What every measurement is told.
#[derive(Clone, Debug)]
pub struct Bench {
    /// How much is measured.
    pub size: Size,
    /// Of everything that is drawn.
    pub seed: u64,
    unsteady: Arc<AtomicUsize>,
}

impl Bench {
    /// Measures that much.
    pub fn new(size: Size, seed: u64) -> Self {
        Self { size, seed, unsteady: Arc::default() }
    }

    /// A round counts although the machine changed its speed meanwhile.
    pub fn note_unsteady(&self) {
        self.unsteady.fetch_add(1, Ordering::Relaxed);
    }

    /// How many such rounds there were.
    pub fn unsteady(&self) -> usize {
        self.unsteady.load(Ordering::Relaxed)
    }
}

impl Round {
    /// Ours over the floor.
    pub fn ratio(&self) -> f64 {
        self.ours / self.floor
    }
}

impl Figure {
    /// Median of the rounds' ratios.
    pub fn ratio(&self) -> f64 {
        stats::median(&self.ratios())
    }

    /// Smallest and largest ratio of a round.
    pub fn spread(&self) -> (f64, f64) {
        stats::spread(&self.ratios())
    }

    /// Where the median lies with 95 % confidence.
    pub fn interval(&self) -> (f64, f64) {
        stats::interval(&self.ratios(), 0x5EED)
    }

    /// A goal holds when the worse end of the interval passes it.
    pub fn verdict(&self) -> Verdict {
        if self.void.is_some() || self.rounds.is_empty() {
            return Verdict::Void;
        }
        let (low, high) = self.interval();
        let passes = |goal: f64| match self.goal.better {
            Better::Higher => low >= goal,
            Better::Lower => high <= goal,
        };
        if passes(self.goal.moonshot) {
            Verdict::Moonshot
        } else if passes(self.goal.target) {
            Verdict::Reached
        } else {
            Verdict::Missed
        }
    }

    fn ratios(&self) -> Vec<f64> {
        self.rounds.iter().map(Round::ratio).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(better: Better, ratios: &[f64]) -> Figure {
        let (target, moonshot) = match better {
            Better::Higher => (0.7, 0.9),
            Better::Lower => (1.5, 1.15),
        };
        Figure {
            goal: Goal { id: "P0", what: "something", better, target, moonshot },
            name: String::new(),
            unit: "1/s",
            rounds: ratios.iter().map(|ratio| Round { ours: *ratio, floor: 1.0 }).collect(),
            notes: Vec::new(),
            void: None,
            details: Vec::new(),
        }
    }

    #[test]
    fn a_goal_holds_only_when_the_worse_end_of_the_interval_passes() {
        assert_eq!(figure(Better::Higher, &[0.95, 0.96, 0.97]).verdict(), Verdict::Moonshot);
        assert_eq!(figure(Better::Higher, &[0.8, 0.81, 0.95]).verdict(), Verdict::Reached);
        assert_eq!(figure(Better::Higher, &[0.6, 0.8, 0.95]).verdict(), Verdict::Missed);
        assert_eq!(figure(Better::Lower, &[1.0, 1.1, 1.12]).verdict(), Verdict::Moonshot);
        assert_eq!(figure(Better::Lower, &[1.0, 1.1, 1.6]).verdict(), Verdict::Missed);
    }

    #[test]
    fn a_run_with_a_lost_order_counts_for_nothing() {
        let lost = Figure { void: Some("1 order is lost".to_owned()), ..figure(Better::Higher, &[9.0]) };

        assert_eq!(lost.verdict(), Verdict::Void);
        assert_eq!(figure(Better::Higher, &[]).verdict(), Verdict::Void);
    }
}
