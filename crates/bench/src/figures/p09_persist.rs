//! P9: orders that order-consumer stores, as a share of what PostgreSQL takes into the same table from a program that
//! does nothing else.
//!
//! Ours writes five rows for each order in three tables, tells Kafka and keeps a copy in Redis; the floor writes the
//! one row. The details say what the floor makes of the same rows.

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
    what: "orders stored by order-consumer / F3u: UNNEST of 1000 into the same table",
    better: Better::Higher,
    target: 0.75,
    moonshot: 0.92,
};

/// Measures the figure.
pub async fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let rig = Mutex::new(ConsumerRig::open().await?);
    let mut floor = Floor { name: "f3u", rig: &rig };
    let mut ours = Consumer { rig: &rig, rate: 2_000.0 };
    let rounds = paired(bench, &mut ours, &mut floor).await?;
    let mut details = Vec::new();
    for (name, what) in [
        ("f3", "F3: COPY of 1000, orders/s"),
        ("f3s", "F3s: one order and one commit at a time, orders/s"),
        ("f3a", "F3a: UNNEST of 1000 orders with their items and keys, orders/s"),
    ] {
        let rate = Floor { name, rig: &rig }.round(bench.size.stretch).await?;
        details.push((what.to_owned(), format!("{rate:.0}")));
    }
    Ok(vec![Figure {
        goal: GOAL,
        name: "from the log into the tables".to_owned(),
        unit: "orders/s",
        rounds,
        notes: vec![
            "an order of ours is five rows in three tables, an event and a hot copy; the floor's is one row"
                .to_owned(),
        ],
        void: None,
        details,
    }])
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
