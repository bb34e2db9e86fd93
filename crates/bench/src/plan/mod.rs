//! Which figures are taken, in which order, and on what: a system is started once for all that need one.

mod orders; // figures that place orders

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use futures_util::FutureExt as _;

use crate::figure::{Bench, Figure, Size};
use crate::figures::{
    p04_reservations, p05_lean_script, p06_full_slots, p09_persist, p13_broadcast, p14_stalled, p15_menu,
    p18_memory,
};
use crate::orders::ours::Ours;
use crate::report::{Failure, Machine, Report};

/// All figures, by id.
pub const FIGURES: [(&str, &str); 13] = [
    ("P1", "capacity of CreateOrder, as a share of F2"),
    ("P2", "what waiting for the log costs"),
    ("P3", "latency of CreateOrder at half of its capacity"),
    ("P4", "reservations through slot-scheduler's script"),
    ("P5", "the lean script against a naive one"),
    ("P6", "a reservation behind 40 full slots"),
    ("P9", "orders stored by order-consumer"),
    ("P12", "from CreateOrder to the frame on a tablet"),
    ("P13", "frames to 500 tablets of one branch"),
    ("P14", "tablets that never read"),
    ("P15", "the public menu"),
    ("P16", "five times as many orders as can be served"),
    ("P18", "memory of connections that wait"),
];

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Order {
    /// What the size is called.
    pub name: &'static str,
    /// How much is measured.
    pub size: Size,
    /// Of everything that is drawn.
    pub seed: u64,
    /// Ids of the figures; all when empty.
    pub only: Vec<String>,
    /// Where the report goes.
    pub out: PathBuf,
}

impl Order {
    fn wants(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| wanted == id)
    }

    fn wants_any(&self, ids: &[&str]) -> bool {
        ids.iter().any(|id| self.wants(id))
    }
}

/// Measures and reports; whether everything that was asked for counts.
pub async fn run(order: &Order) -> anyhow::Result<bool> {
    std::fs::create_dir_all(&order.out).with_context(|| format!("making {}", order.out.display()))?;
    let (bench, begun, watch) = (Bench::new(order.size, order.seed), Instant::now(), Machine::watch());
    let mut table = Table::new(order);
    slots_and_stores(&bench, &mut table).await;
    if order.wants_any(&["P1", "P2", "P3", "P12", "P13", "P14", "P15", "P16", "P18"]) {
        match guarded(Ours::start()).await {
            Ok(mut ours) => {
                streams(&bench, &mut table, &mut ours).await;
                orders::measure(&bench, &mut table, &mut ours).await;
            }
            Err(error) => table.failed("system", &error),
        }
    }
    let report = Report {
        size: order.name,
        seed: order.seed,
        machine: Machine::describe(watch, bench.unsteady()).await,
        figures: table.figures,
        failures: table.failures,
        seconds: begun.elapsed().as_secs(),
    };
    println!("{}", report.text());
    report.write(&order.out)?;
    println!("written to {}", order.out.display());
    Ok(report.is_sound())
}

async fn slots_and_stores(bench: &Bench, table: &mut Table<'_>) {
    table.take("P4", p04_reservations::measure(bench)).await;
    table.take("P5", p05_lean_script::measure(bench)).await;
    table.take("P6", p06_full_slots::measure(bench)).await;
    table.take("P9", p09_persist::measure(bench)).await;
}

/// Before any order is placed: tablets begin with all live orders.
async fn streams(bench: &Bench, table: &mut Table<'_>, ours: &mut Ours) {
    table.take("P13", p13_broadcast::measure(bench, &ours.system)).await;
    table.take("P14", p14_stalled::measure(bench, &ours.system)).await;
    table.take("P15", p15_menu::measure(bench, &ours.system)).await;
    table.take("P18", p18_memory::measure(bench, &mut ours.system)).await;
}

/// What has been measured so far.
struct Table<'a> {
    order: &'a Order,
    figures: Vec<Figure>,
    failures: Vec<Failure>,
}

impl<'a> Table<'a> {
    const fn new(order: &'a Order) -> Self {
        Self { order, figures: Vec::new(), failures: Vec::new() }
    }

    /// Takes a figure if it is asked for; one that fails does not take the others along. Whether it was taken.
    async fn take(
        &mut self,
        id: &'static str,
        figure: impl Future<Output = anyhow::Result<Vec<Figure>>>,
    ) -> bool {
        if !self.order.wants(id) {
            return false;
        }
        eprintln!("{id}");
        let begun = Instant::now();
        match guarded(figure).await {
            Ok(figures) => {
                eprintln!("{id} took {} s", begun.elapsed().as_secs());
                self.figures.extend(figures);
                true
            }
            Err(error) => {
                self.failed(id, &error);
                false
            }
        }
    }

    fn failed(&mut self, id: &'static str, error: &anyhow::Error) {
        eprintln!("{id} could not be measured: {error:#}");
        self.failures.push(Failure { id, why: format!("{error:#}") });
    }
}

/// A panic is a failure like any other.
async fn guarded<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(anyhow!("it panicked: {}", text.unwrap_or_default()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(only: &[&str]) -> Order {
        Order {
            name: "quick",
            size: Size::QUICK,
            seed: 1,
            only: only.iter().map(|id| (*id).to_owned()).collect(),
            out: PathBuf::new(),
        }
    }

    #[test]
    fn everything_is_wanted_unless_something_is() {
        assert!(order(&[]).wants("P9"));
        assert!(order(&["P1", "P9"]).wants("P9"));
        assert!(!order(&["P1"]).wants_any(&["P9", "P12"]));
    }

    #[tokio::test]
    async fn a_figure_that_panics_leaves_the_others_alone() {
        let order = order(&[]);
        let mut table = Table::new(&order);

        assert!(!table.take("P1", async { panic!("no {}", "Redis") }).await);
        assert!(table.take("P2", async { Ok(Vec::new()) }).await);

        assert_eq!(table.failures.len(), 1);
        assert_eq!(table.failures[0].why, "it panicked: no Redis");
    }
}
