//! P5: the script with few calls of Redis against one with a call per field; both by the same C client.

use std::sync::Arc;

use anyhow::Context as _;
use domain::ids::BranchId;
use domain::slots::Limits;
use slot_scheduler::storage::redis::BranchMemory;

use super::p04_reservations::{NEED, Script};
use super::slot_rig::SlotRig;
use crate::figure::{Bench, Better, Figure, Goal};
use crate::floors::f8::CClient;
use crate::run::paired;

const GOAL: Goal = Goal {
    id: "P5",
    what: "slot-scheduler's script / a script with a call per field",
    better: Better::Higher,
    target: 1.6,
    moonshot: 2.2,
};

const NAIVE: &str = include_str!("../floors/naive_assign.lua");

/// Measures the figure.
pub async fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let rig = Arc::new(SlotRig::open().await?);
    rig.fill(&[(BranchId::MAIN, &BranchMemory::default())]).await?;
    let lean = rig.call(BranchId::MAIN, NEED, Limits::NONE).await?;
    let mut naive = lean.clone();
    *naive.get_mut(1).context("a call names its script")? = rig.load(NAIVE).await?;
    let mut ours = Script { client: CClient::new(&rig.url(), lean)?, rig: Arc::clone(&rig) };
    let mut floor = Script { client: CClient::new(&rig.url(), naive)?, rig };
    let rounds = paired(bench, &mut ours, &mut floor).await?;
    Ok(vec![Figure {
        goal: GOAL,
        name: "redis-benchmark, 400 in flight".to_owned(),
        unit: "calls/s",
        rounds,
        notes: Vec::new(),
        void: None,
        details: Vec::new(),
    }])
}
