//! P6: how much longer a reservation takes when forty slots, or days of them, are full before the one it gets.

use std::time::{Duration, Instant};

use chrono::DateTime;
use domain::calendar::SlotTime;
use domain::ids::{BranchId, OrderId};
use domain::slots::{DisplayNumber, Limits, Need};
use slot_scheduler::storage::redis::BranchMemory;
use slot_scheduler::storage::{Override, Reservation};
use uuid::Uuid;

use super::slot_rig::{self, SlotRig};
use crate::figure::{Bench, Better, Figure, Goal, Side};
use crate::run::paired;

const GOAL: Goal = Goal {
    id: "P6",
    what: "latency of a reservation behind full slots / with none full",
    better: Better::Lower,
    target: 1.5,
    moonshot: 1.1,
};

/// The goal is about forty; a week of a small pizzeria is the worst that may come.
const FULL_SLOTS: [i32; 2] = [40, 400];
const ORDERS_IN_A_FULL_SLOT: u32 = 10;

/// The slot that is found takes as many of these as come; a full one none.
const NEED: Need = Need { roubles: 1, orders: 1, ..Need::ZERO };
const ROOMY: u64 = 10_000_000;

/// Measures the figure.
pub async fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let rig = SlotRig::open().await?;
    let mut figures = Vec::new();
    for full in FULL_SLOTS {
        let mut ours = Behind { rig: &rig, full };
        let mut floor = Behind { rig: &rig, full: 0 };
        let rounds = paired(bench, &mut ours, &mut floor).await?;
        figures.push(Figure {
            goal: GOAL,
            name: format!("through the store, {full} full, median"),
            unit: "ms",
            rounds,
            notes: Vec::new(),
            void: None,
            details: Vec::new(),
        });
    }
    Ok(figures)
}

struct Behind<'a> {
    rig: &'a SlotRig,
    full: i32,
}

impl Side for Behind<'_> {
    async fn round(&mut self, length: Duration) -> anyhow::Result<f64> {
        self.rig.fill(&[(BranchId::MAIN, &memory(self.full))]).await?;
        let end = Instant::now() + length;
        let mut waits = Vec::new();
        while Instant::now() < end {
            let begin = Instant::now();
            self.rig.reserve(BranchId::MAIN, NEED, Limits::DEFAULT).await?;
            waits.push(begin.elapsed());
        }
        waits.sort_unstable();
        Ok(waits[waits.len() / 2].as_secs_f64() * 1_000.0)
    }
}

/// A branch whose first slots are full; the one after them has room.
fn memory(full: i32) -> BranchMemory {
    let mut live = Vec::new();
    for slot in 0..full {
        for order in 0..ORDERS_IN_A_FULL_SLOT {
            live.push(standing(slot_at(slot), order));
        }
    }
    let roomy = slot_at(full);
    let limits = Limits::from_fn(|_| None).with(domain::slots::Dimension::Roubles, Some(ROOMY));
    let own = Override { slot_start: roomy.start, slot_end: roomy.end, disabled: false, limits };
    BranchMemory { live, overrides: vec![own], ..BranchMemory::default() }
}

fn slot_at(index: i32) -> SlotTime {
    let run = slot_rig::run();
    let start = run.start + run.length * index;
    SlotTime { start, end: start + run.length, business_date: run.business_date }
}

fn standing(slot: SlotTime, number: u32) -> Reservation {
    let id = (u128::from(slot.start.timestamp().unsigned_abs()) << 32) | u128::from(number);
    Reservation {
        order_id: OrderId::from_uuid(Uuid::from_u128(id)),
        branch: BranchId::MAIN,
        slot,
        number: DisplayNumber(number),
        visible_at: DateTime::default(),
        placed_at: slot_rig::now(),
        need: Need { roubles: 10_000 / u64::from(ORDERS_IN_A_FULL_SLOT), orders: 1, ..Need::ZERO },
        key_hash: String::new(),
        fingerprint: Vec::new(),
        record: Vec::new(),
        over: false,
    }
}
