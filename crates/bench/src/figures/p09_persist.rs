//! P9: orders that order-consumer stores, as a share of what PostgreSQL takes into the same table from a program that
//! does nothing else.
//!
//! Ours writes five rows for each order in three tables, tells Kafka and keeps a copy in Redis. F3u writes the one row;
//! F3a writes all the rows and is what ours can come near to.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::process::Command;
use tokio::sync::Mutex;

use super::consumer_rig::ConsumerRig;
use crate::figure::{Bench, Better, Figure, Goal, Side};
use crate::floors::child::SERVERS;
use crate::run::paired;

const GOAL: Goal = Goal {
    id: "P9",
    what: "orders stored by order-consumer / UNNEST of 1000 into the same tables",
    better: Better::Higher,
    target: 0.75,
    moonshot: 0.92,
};

/// With how much of an order they write.
const FLOORS: [(&str, &str); 2] = [("f3u", "F3u, its row alone"), ("f3a", "F3a, all its rows")];

/// Measures the figures.
pub async fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let rig = Mutex::new(ConsumerRig::open().await?);
    let mut ours = Consumer { rig: &rig, rate: 10_000.0 };
    let mut figures = Vec::new();
    for (name, variant) in FLOORS {
        let rounds = paired(bench, &mut ours, &mut Floor { name, rig: &rig }).await?;
        figures.push(Figure {
            goal: GOAL,
            name: variant.to_owned(),
            unit: "orders/s",
            rounds,
            notes: vec![
                "an order of ours is five rows in three tables, an event and a hot copy; F3u writes one row"
                    .to_owned(),
            ],
            void: None,
            details: Vec::new(),
        });
    }
    for (name, what) in
        [("f3", "F3: COPY of 1000, orders/s"), ("f3s", "F3s: one order and one commit at a time, orders/s")]
    {
        let rate = Floor { name, rig: &rig }.round(bench.size.stretch).await?;
        let detail = (what.to_owned(), format!("{rate:.0}"));
        for figure in &mut figures {
            figure.details.push(detail.clone());
        }
    }
    Ok(figures)
}

struct Consumer<'a> {
    rig: &'a Mutex<ConsumerRig>,
    /// Orders per second so far.
    rate: f64,
}

impl Side for Consumer<'_> {
    async fn round(&mut self, length: Duration) -> anyhow::Result<f64> {
        let count = wanted(self.rate, length);
        let mut rig = self.rig.lock().await;
        rig.empty().await?;
        rig.accept(count).await?;
        self.rate = rig.store(count, length * 10 + Duration::from_mins(1)).await?;
        Ok(self.rate)
    }

    fn warms_up(&self) -> bool {
        false
    }
}

/// A floor, as a process where the service runs.
struct Floor<'a> {
    name: &'static str,
    rig: &'a Mutex<ConsumerRig>,
}

impl Side for Floor<'_> {
    async fn round(&mut self, length: Duration) -> anyhow::Result<f64> {
        let rig = self.rig.lock().await;
        rig.empty().await?;
        let output = Command::new("taskset")
            .args(["-c", SERVERS])
            .arg(std::env::current_exe()?)
            .args(["floor", self.name, rig.database(), &length.as_secs_f64().to_string()])
            .output()
            .await?;
        ensure!(output.status.success(), "floor {}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout)?;
        said.trim().parse().with_context(|| format!("floor {} says {said}", self.name))
    }

    fn warms_up(&self) -> bool {
        false
    }
}

/// Orders for about that long, and a thousand that come before the first look.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is small and not negative"
)]
fn wanted(rate: f64, length: Duration) -> usize {
    (rate * length.as_secs_f64()) as usize + 1_000
}
