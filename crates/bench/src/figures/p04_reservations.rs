//! P4: reservations through slot-scheduler's store, as a share of what a C client gets out of the same script.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use domain::ids::BranchId;
use domain::slots::{Limits, Need};
use slot_scheduler::storage::redis::BranchMemory;
use tokio::task::JoinSet;

use super::slot_rig::SlotRig;
use crate::figure::{Bench, Better, Figure, Goal, Side};
use crate::floors::f8::CClient;
use crate::run::paired;

const GOAL: Goal = Goal {
    id: "P4",
    what: "reservations through slot-scheduler's script / redis-benchmark with the same call",
    better: Better::Higher,
    target: 0.6,
    moonshot: 0.85,
};

/// Callers of the store, all on its one connection.
const CALLERS: usize = 256;

/// A pizza in a slot without limits: every call finds its place in the first slot.
pub const NEED: Need = Need { roubles: 900, orders: 1, ..Need::ZERO };

/// Measures the figure.
pub async fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let rig = Arc::new(SlotRig::open().await?);
    rig.fill(&[(BranchId::MAIN, &BranchMemory::default())]).await?;
    let call = rig.call(BranchId::MAIN, NEED, Limits::NONE).await?;
    let mut ours = Store { rig: Arc::clone(&rig) };
    let mut floor = Script { client: CClient::new(&rig.url(), call)?, rig };
    let rounds = paired(bench, &mut ours, &mut floor).await?;
    Ok(vec![Figure {
        goal: GOAL,
        name: format!("{CALLERS} callers"),
        unit: "reservations/s",
        rounds,
        notes: vec!["every call is a new hold with a key of its own; Redis writes nothing down".to_owned()],
        void: None,
        details: Vec::new(),
    }])
}

struct Store {
    rig: Arc<SlotRig>,
}

impl Side for Store {
    async fn round(&mut self, length: Duration) -> anyhow::Result<f64> {
        self.rig.fill(&[(BranchId::MAIN, &BranchMemory::default())]).await?;
        let begin = Instant::now();
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            callers.spawn(reserve_until(Arc::clone(&self.rig), begin + length));
        }
        let mut taken = 0;
        while let Some(caller) = callers.join_next().await {
            taken += caller??;
        }
        let seconds = begin.elapsed().as_secs_f64();
        ensure!(self.rig.standing(BranchId::MAIN).await? == u64::from(taken), "a place is missing");
        Ok(f64::from(taken) / seconds)
    }
}

async fn reserve_until(rig: Arc<SlotRig>, end: Instant) -> anyhow::Result<u32> {
    let mut taken = 0;
    while Instant::now() < end {
        rig.reserve(BranchId::MAIN, NEED, Limits::NONE).await?;
        taken += 1;
    }
    Ok(taken)
}

/// A script that the C client calls, each time for a new order.
pub struct Script {
    /// Where.
    pub rig: Arc<SlotRig>,
    /// By whom.
    pub client: CClient,
}

impl Side for Script {
    async fn round(&mut self, length: Duration) -> anyhow::Result<f64> {
        self.rig.fill(&[(BranchId::MAIN, &BranchMemory::default())]).await?;
        let calls = self.client.run(length).await?;
        let standing = self.rig.standing(BranchId::MAIN).await?;
        // random numbers come twice now and then
        ensure!(standing * 1_000 >= calls.sent * 999, "{} calls took {standing} places", calls.sent);
        Ok(calls.rate)
    }
}
