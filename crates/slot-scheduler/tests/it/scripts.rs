//! The scripts decide as the domain does.

use chrono::TimeDelta;
use domain::ids::BranchId;
use domain::slots::{Dimension, Limits, Need, ReservationState, Step};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use slot_scheduler::storage::redis::{Assignment, Outcome};
use tokio::runtime::Runtime;

use crate::bench::{Bench, NEED, SLOTS, assignment, order, reservation, run};
use crate::world::ten;

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
    let runtime = Runtime::new().unwrap();
    let bench = runtime.block_on(Bench::open());
    let mut runner = TestRunner::new(Config { cases: 100, failure_persistence: None, ..Config::default() });

    let checked = runner.run(&(needs(), limits()), |(needs, limits)| {
        runtime.block_on(async {
            let branch = bench.fresh_branch().await;
            let mut loads = [(Need::ZERO, 0_usize); SLOTS];
            for (number, need) in needs.iter().enumerate() {
                let wanted = Assignment { need: *need, limits, ..assignment(branch, order(number as u128)) };
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
    let runtime = Runtime::new().unwrap();
    let bench = runtime.block_on(Bench::open());
    let steps = [Step::Assign, Step::Confirm, Step::Release, Step::Expire, Step::Free];
    let lives = proptest::collection::vec(proptest::sample::select(steps.to_vec()), 1..8);
    let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });

    let checked = runner.run(&lives, |life| {
        runtime.block_on(async {
            let branch = bench.fresh_branch().await;
            let (mut state, mut is_asked) = (None, false);
            for step in life {
                take(&bench, branch, step).await;
                if step == Step::Assign {
                    is_asked = state == Some(ReservationState::Held);
                }
                // A hold that a repeat was answered with is not released.
                if step != Step::Release || !is_asked {
                    state = ReservationState::after(state, step);
                }

                let slot = bench.first_slot(branch).await;
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

async fn take(bench: &Bench, branch: BranchId, step: Step) {
    let (order_id, later) = (order(1), ten() + TimeDelta::minutes(2));
    match step {
        Step::Assign => {
            bench.assign(&assignment(branch, order_id)).await;
        }
        Step::Confirm => {
            bench.confirm(reservation(branch, order_id)).await;
        }
        Step::Release => {
            bench.store.release(ten(), branch, order_id).await.unwrap();
        }
        Step::Expire => {
            bench.store.expire(later, branch, &[order_id]).await.unwrap();
        }
        Step::Free => bench.store.free(ten(), &[reservation(branch, order_id)]).await.unwrap(),
        Step::Finish => {}
    }
}
