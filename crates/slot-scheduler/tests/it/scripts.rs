//! The scripts decide as the domain does.

use std::cell::RefCell;

use cache::Cache;
use chrono::TimeDelta;
use domain::calendar::SlotTime;
use domain::ids::{BranchId, OrderId};
use domain::slots::{Dimension, DisplayNumber, Limits, Need, ReservationState, Step};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use slot_scheduler::storage::Reservation;
use slot_scheduler::storage::redis::{Assignment, BranchMemory, Confirmation, Outcome, Run, SlotStore};
use testkit::TestRedis;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::world::ten;

/// A Redis and as many fresh branches as wanted.
struct Bench {
    runtime: Runtime,
    _redis: TestRedis,
    store: SlotStore,
    branches: RefCell<u128>,
}

impl Bench {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let redis = runtime.block_on(TestRedis::start());
        let store = runtime.block_on(async { SlotStore::new(Cache::open(&redis.url()).unwrap()) });
        Self { runtime, _redis: redis, store, branches: RefCell::default() }
    }

    async fn fresh_branch(&self) -> BranchId {
        *self.branches.borrow_mut() += 1;
        let branch = BranchId::from_uuid(Uuid::from_u128(*self.branches.borrow()));
        self.store.refill(branch, &BranchMemory::default(), ten()).await.unwrap();
        branch
    }
}

const SLOTS: usize = 3;

fn run() -> Run {
    let business_date = "2026-02-01".parse().unwrap();
    Run { start: ten(), length: TimeDelta::minutes(15), count: SLOTS, business_date }
}

fn order(number: u128) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(number))
}

fn assignment(branch: BranchId, order_id: OrderId, need: Need, limits: Limits) -> Assignment {
    Assignment {
        branch,
        order_id,
        need,
        limits,
        key_hash: String::new(),
        fingerprint: Vec::new(),
        record: Vec::new(),
        lead: TimeDelta::zero(),
        max_shift: None,
        now: ten(),
    }
}

fn needs() -> impl Strategy<Value = Vec<Need>> {
    let amounts = proptest::array::uniform6(0_u64..6);
    let need = amounts.prop_map(|amounts| {
        let mut amounts = amounts.into_iter();
        Need::from_fn(|_| amounts.next().unwrap())
    });
    proptest::collection::vec(need, 1..12)
}

fn limits() -> impl Strategy<Value = Limits> {
    proptest::array::uniform6(proptest::option::weighted(0.5, 0_u64..10)).prop_map(|limits| {
        let mut limits = limits.into_iter();
        Limits::from_fn(|_| limits.next().unwrap())
    })
}

#[test]
fn an_order_goes_where_the_limits_admit_it() {
    let bench = Bench::new();
    let mut runner = TestRunner::new(Config { cases: 100, failure_persistence: None, ..Config::default() });

    let checked = runner.run(&(needs(), limits()), |(needs, limits)| {
        bench.runtime.block_on(async {
            let branch = bench.fresh_branch().await;
            let mut loads = [(Need::ZERO, 0_usize); SLOTS];
            for (number, need) in needs.iter().enumerate() {
                let wanted = assignment(branch, order(number as u128), *need, limits);
                let chosen = match bench.store.assign(&wanted, &[run()], None).await.unwrap() {
                    Outcome::Assigned(place) => Some((place.slot.start - ten()).num_minutes() / 15),
                    Outcome::NoneFits(_) => None,
                    other => panic!("{other:?}"),
                };

                let expected = loads.iter().position(|(load, orders)| limits.admit(need, load, *orders == 0));
                prop_assert_eq!(chosen, expected.map(|slot| i64::try_from(slot).unwrap()));
                if let Some(slot) = expected {
                    loads[slot] = (loads[slot].0.plus(need), loads[slot].1 + 1);
                }
            }
            let starts = [0, 15, 30].map(|minutes| ten() + TimeDelta::minutes(minutes));
            let held: Vec<_> = bench.store.look(branch, &starts).await.unwrap();
            prop_assert!(held.iter().map(|slot| (slot.load, slot.orders.len())).eq(loads));
            Ok(())
        })
    });

    checked.unwrap();
}

#[test]
fn a_reservation_lives_as_the_domain_says_and_only_the_living_count_as_load() {
    let bench = Bench::new();
    let steps = [Step::Assign, Step::Confirm, Step::Release, Step::Expire, Step::Free];
    let lives = proptest::collection::vec(proptest::sample::select(steps.to_vec()), 1..8);
    let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });

    let checked = runner.run(&lives, |life| {
        bench.runtime.block_on(async {
            let branch = bench.fresh_branch().await;
            let mut state = None;
            for step in life {
                take(&bench.store, branch, step).await;
                state = ReservationState::after(state, step);

                let slot = bench.store.look(branch, &[ten()]).await.unwrap().remove(0);
                let inside: Vec<_> = slot.orders.iter().map(|order| order.state).collect();
                let living: Vec<_> = state.into_iter().filter(|state| state.counts()).collect();
                let load: u64 = if living.is_empty() { 0 } else { NEED.roubles };
                prop_assert_eq!((inside, slot.load.get(Dimension::Roubles)), (living, load));
            }
            Ok(())
        })
    });

    checked.unwrap();
}

const NEED: Need = Need { roubles: 900, orders: 1, ..Need::ZERO };

async fn take(store: &SlotStore, branch: BranchId, step: Step) {
    let (order_id, later) = (order(1), ten() + TimeDelta::minutes(2));
    match step {
        Step::Assign => {
            store.assign(&assignment(branch, order_id, NEED, Limits::DEFAULT), &[run()], None).await.unwrap();
        }
        Step::Confirm => {
            let confirmation =
                Confirmation { reservation: reservation(branch, order_id), limits: Limits::DEFAULT };
            store.confirm(ten(), &[confirmation]).await.unwrap();
        }
        Step::Release => {
            store.release(ten(), branch, order_id).await.unwrap();
        }
        Step::Expire => {
            store.expire(later, branch, &[order_id]).await.unwrap();
        }
        Step::Free => store.free(ten(), &[reservation(branch, order_id)]).await.unwrap(),
        Step::Finish => {}
    }
}

fn reservation(branch: BranchId, order_id: OrderId) -> Reservation {
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
