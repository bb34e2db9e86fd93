//! The slots' part of a Redis, without the service around it.

use std::cell::Cell;

use cache::Cache;
use chrono::TimeDelta;
use domain::calendar::SlotTime;
use domain::ids::{BranchId, OrderId};
use domain::slots::{DisplayNumber, Limits, Need};
use slot_scheduler::storage::Reservation;
use slot_scheduler::storage::redis::{
    Assigned, Assignment, BranchMemory, Confirmation, Confirmed, Outcome, Run, SlotLoad, SlotStore,
};
use testkit::TestRedis;
use uuid::Uuid;

use crate::world::ten;

/// Slots that orders are assigned to: from ten o'clock on.
pub const SLOTS: usize = 3;

/// What an order takes unless a test says otherwise.
pub const NEED: Need = Need { roubles: 900, orders: 1, ..Need::ZERO };

/// A Redis and as many fresh branches as wanted.
pub struct Bench {
    pub redis: TestRedis,
    pub store: SlotStore,
    branches: Cell<u128>,
}

impl Bench {
    pub async fn open() -> Self {
        let redis = TestRedis::start().await;
        let store = SlotStore::new(Cache::open(&redis.url()).unwrap());
        Self { redis, store, branches: Cell::default() }
    }

    /// A branch that is known to be empty.
    pub async fn fresh_branch(&self) -> BranchId {
        self.branches.set(self.branches.get() + 1);
        let branch = BranchId::from_uuid(Uuid::from_u128(self.branches.get()));
        assert!(self.store.refill(branch, &BranchMemory::default(), ten()).await.unwrap());
        branch
    }

    /// An order that finds a place.
    pub async fn assign(&self, wanted: &Assignment) -> Assigned {
        match self.store.assign(wanted, &[run()], None).await.unwrap() {
            Outcome::Assigned(place) => place,
            other => panic!("{other:?}"),
        }
    }

    /// What the log's telling of an order did.
    pub async fn confirm(&self, reservation: Reservation) -> Confirmed {
        let confirmation = Confirmation { reservation, limits: Limits::DEFAULT };
        self.store.confirm(ten(), &[confirmation]).await.unwrap().remove(0)
    }

    /// The slot at ten o'clock.
    pub async fn first_slot(&self, branch: BranchId) -> SlotLoad {
        self.store.look(branch, &[ten()]).await.unwrap().remove(0)
    }
}

pub fn run() -> Run {
    let business_date = "2026-02-01".parse().unwrap();
    Run { start: ten(), length: TimeDelta::minutes(15), count: SLOTS, business_date }
}

pub fn order(number: u128) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(number))
}

pub fn assignment(branch: BranchId, order_id: OrderId) -> Assignment {
    Assignment {
        branch,
        order_id,
        need: NEED,
        limits: Limits::DEFAULT,
        key_hash: String::new(),
        fingerprint: Vec::new(),
        record: Vec::new(),
        lead: TimeDelta::zero(),
        max_shift: None,
        now: ten(),
    }
}

/// An order of the log in the slot at ten o'clock.
pub fn reservation(branch: BranchId, order_id: OrderId) -> Reservation {
    let business_date = "2026-02-01".parse().unwrap();
    Reservation {
        order_id,
        branch,
        slot: SlotTime { start: ten(), end: ten() + TimeDelta::minutes(15), business_date },
        number: DisplayNumber(1),
        visible_at: ten(),
        placed_at: ten(),
        need: NEED,
        key_hash: String::new(),
        fingerprint: Vec::new(),
        record: Vec::new(),
        over: false,
    }
}
