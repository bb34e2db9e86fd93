//! T11: five times as many orders as a gateway can take, then half as many.

mod rest; // the REST door of the flooded gateway

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::customer::{Customers, reason};
use crate::faults::Faults;
use crate::load::{Tally, order};
use crate::memory::{self, Bytes};
use crate::notes::Notes;
use crate::outcome::Outcome;
use crate::scenario::Scenario;
use crate::spread::Spread;
use crate::stage::Stage;
use crate::world::World;

/// Overload.
pub const SCENARIO: Scenario = Scenario {
    id: "T11",
    name: "five times as many orders as a gateway takes, then half as many",
    shares_world: true,
    run: |stage| Box::pin(run(stage)),
};

/// Orders in placement at this gateway; so few that a debug build on two processors refuses before it is late.
const PLACING: &str = "48";
/// Calls underway when the capacity is measured.
const CLOSED: usize = 32;
/// Calls of the open loop underway; the generator must not be what gives in.
const UNDERWAY: usize = 4_000;
const MEASURED: Duration = Duration::from_secs(3);
const TIMES: f64 = 5.0;
/// Memory under overload, in terms of that under full load.
const MOST_MEMORY: f64 = 1.5;
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// One call and what came of it.
struct Call {
    sent: Instant,
    took: Duration,
    answer: Result<(), Status>,
}

/// Calls to one gateway.
#[derive(Clone)]
struct Caller {
    customers: Customers,
    notes: Arc<Notes>,
    choices: Arc<Mutex<rand_chacha::ChaCha8Rng>>,
    prefix: String,
}

async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let mut world = stage.world().await?;
    let gateway = world.system.add_with("order-gateway", &[("ORDERS_AT_ONCE", PLACING.to_owned())]).await;
    let caller = Caller {
        customers: Customers::of(&[world.system.grpc(&gateway)]),
        notes: Arc::clone(&world.notes),
        choices: Arc::new(Mutex::new(stage.choices())),
        prefix: world.next_prefix(stage),
    };
    let full = closed_loop(&caller).await;
    let capacity = per_second(full.len(), MEASURED);
    let steady = memory_of(&world);
    stage.say(format!("the capacity is {capacity:.0} orders a second"));

    let mut faults = Faults::none();
    faults.broke("five times the capacity");
    let length = stage.at_most(Duration::from_secs(stage.size.pick(8, 600)));
    let door = world.system.rest_of(&gateway, "/api/v1/order");
    let rest = tokio::spawn(rest::order(door, caller.prefix.clone(), length, Arc::clone(&world.notes)));
    let flood = open_loop(&caller, "flood", capacity * TIMES, length).await;
    let flooded = memory_of(&world);
    let (over_rest, ebb_begins) = (rest.await?, Instant::now());
    faults.mended("the flood");
    let ebb = open_loop(&caller, "ebb", capacity / 2.0, BACK_WITHIN + Duration::from_secs(2)).await;

    let tally = Tally {
        wanted: (full.len() + flood.len() + ebb.len()) as u64,
        calls: spread(&full),
        ..Tally::default()
    };
    let mut outcome = world.judge(stage, &tally, &faults).await?;
    let accepted = flood.iter().filter(|call| call.answer.is_ok()).count();
    outcome.figure("capacity, orders a second", format!("{capacity:.0}"));
    outcome.figure("flood: calls, accepted", format!("{}, {accepted}", flood.len()));
    outcome.figure("flood: calls", spread(&flood));
    outcome.figure("flood: orders accepted a second", format!("{:.0}", per_second(accepted, length)));
    refusals(&flood, &mut outcome);
    over_rest.judge(&mut outcome);
    growth(&steady, &flooded, &mut outcome);
    let normal = spread(&full).p99.max(500.0);
    let back = back_to_normal(&ebb, ebb_begins, normal);
    let what = "everything is as usual 5 s after the flood";
    outcome.expect("T11", what, back <= BACK_WITHIN, format!("{:.1} s", back.as_secs_f64()));
    world.system.terminate(&gateway);
    stage.keep(world).await;
    Ok(outcome)
}

impl Caller {
    async fn call(&self, key: &str) -> Call {
        let order = order(&mut *self.choices.lock().await);
        let (sent, key) = (Instant::now(), format!("{}-{key}", self.prefix));
        let attempt = self.customers.attempt(0, &key, &order, &self.notes).await;
        Call { sent, took: attempt.took, answer: attempt.answer.map(drop) }
    }
}

/// As many as there are answers for: the calls that were accepted in the time of the measure.
async fn closed_loop(caller: &Caller) -> Vec<Call> {
    let warm = Instant::now() + Duration::from_secs(1);
    let end = warm + MEASURED;
    let mut callers = JoinSet::new();
    for number in 0..CLOSED {
        let caller = caller.clone();
        callers.spawn(async move {
            let mut calls = Vec::new();
            for turn in 0.. {
                let call = caller.call(&format!("full-{number}-{turn}")).await;
                if Instant::now() >= end {
                    break;
                }
                calls.push(call);
            }
            calls
        });
    }
    let calls = callers.join_all().await.into_iter().flatten();
    calls.filter(|call| call.sent + call.took >= warm && call.answer.is_ok()).collect()
}

/// So many a second, once each.
async fn open_loop(caller: &Caller, name: &str, per_second: f64, length: Duration) -> Vec<Call> {
    let end = Instant::now() + length;
    let mut clock = interval(Duration::from_secs_f64(1.0 / per_second.max(1.0)));
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let room = Arc::new(Semaphore::new(UNDERWAY));
    let mut calls = JoinSet::new();
    let mut done = Vec::new();
    for number in 0.. {
        clock.tick().await;
        if Instant::now() >= end {
            break;
        }
        while let Some(call) = calls.try_join_next() {
            done.push(call.expect("a call ends"));
        }
        let place = Arc::clone(&room).acquire_owned().await.expect("never closed");
        let (caller, key) = (caller.clone(), format!("{name}-{number}"));
        calls.spawn(async move {
            let _place = place;
            caller.call(&key).await
        });
    }
    done.extend(calls.join_all().await);
    done
}

/// Every refusal is one of load, and says when to come again; hardly any call is left without an answer.
fn refusals(flood: &[Call], outcome: &mut Outcome) {
    let (late, answered): (Vec<_>, Vec<_>) = flood.iter().partition(|call| is_late(call));
    let what = "98 of 100 calls of the flood are answered within their deadline";
    let found = format!("{} of {} are not", late.len(), flood.len());
    outcome.expect("T11", what, late.len() * 50 <= flood.len(), found);
    let mut reasons = std::collections::BTreeMap::<String, usize>::new();
    let mut wrong = std::collections::BTreeMap::<String, usize>::new();
    for status in answered.iter().filter_map(|call| call.answer.as_ref().err()) {
        *reasons.entry(reason(status)).or_default() += 1;
        let is_load = matches!(status.code(), Code::ResourceExhausted | Code::Unavailable);
        if !is_load || status.get_error_details().retry_info().is_none() {
            *wrong.entry(format!("{:?} {}", status.code(), status.message())).or_default() += 1;
        }
    }
    let refused = reasons.values().sum::<usize>();
    outcome.expect("T11", "five times the capacity is refused in part", refused > 0, format!("{reasons:?}"));
    let what = "refusals are RESOURCE_EXHAUSTED or UNAVAILABLE and say when to come again";
    outcome.expect(
        "T11",
        what,
        wrong.is_empty(),
        format!("{} of {refused} {wrong:?}", refused - wrong.values().sum::<usize>()),
    );
}

/// Whether the deadline came before an answer did; that is no refusal.
fn is_late(call: &Call) -> bool {
    let code = call.answer.as_ref().err().map(Status::code);
    matches!(code, Some(Code::Cancelled | Code::DeadlineExceeded))
}

/// Memory of every instance that runs.
fn memory_of(world: &World) -> Vec<(String, Bytes)> {
    let names = world.system.names().into_iter();
    names.filter_map(|name| Some((name.clone(), memory::resident(&world.system, &name)?))).collect()
}

/// The instance that grew most.
fn growth(steady: &[(String, Bytes)], flooded: &[(String, Bytes)], outcome: &mut Outcome) {
    let pairs = steady.iter().zip(flooded).map(|((name, steady), (_, flooded))| (name, *steady, *flooded));
    let most = pairs.max_by(|one, other| one.2.times(one.1).total_cmp(&other.2.times(other.1)));
    let Some((name, steady, flooded)) = most else { return };
    let what = "no instance takes more than 1.5 times its usual memory";
    outcome.expect(
        "T11",
        what,
        flooded.times(steady) <= MOST_MEMORY,
        format!("{name}: {steady} to {flooded}"),
    );
}

fn per_second(count: usize, length: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / length.as_secs_f64()
}

/// How long after the flood the last call was refused or slow.
fn back_to_normal(ebb: &[Call], begin: Instant, normal_ms: f64) -> Duration {
    let is_bad = |call: &&Call| call.answer.is_err() || call.took.as_secs_f64() * 1000.0 > normal_ms;
    let last = ebb.iter().filter(is_bad).map(|call| call.sent + call.took).max();
    last.map_or(Duration::ZERO, |last| last - begin)
}

fn spread(calls: &[Call]) -> Spread {
    Spread::of(calls.iter().map(|call| call.took).collect())
}

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;

    fn call(answer: Result<(), Status>) -> Call {
        Call { sent: Instant::now(), took: Duration::from_secs(1), answer }
    }

    fn refused(details: ErrorDetails) -> Call {
        call(Err(Status::with_error_details(Code::ResourceExhausted, "too many", details)))
    }

    /// Which claims are broken by a flood of a hundred calls that ends with these.
    fn broken(last: Vec<Call>) -> Vec<String> {
        let soon = || ErrorDetails::with_retry_info(Some(Duration::from_secs(1)));
        let mut flood: Vec<_> = (last.len()..100).map(|_| refused(soon())).collect();
        flood.extend(last);
        let mut outcome = Outcome::default();
        refusals(&flood, &mut outcome);
        outcome.failures().iter().map(|check| check.what.clone()).collect()
    }

    #[test]
    fn a_call_that_its_own_deadline_ends_is_no_refusal_but_few_may_end_like_that() {
        let late = || call(Err(Status::cancelled("Timeout expired")));

        assert!(broken(vec![call(Ok(())), late(), late()]).is_empty());
        assert_eq!(
            broken(vec![late(), late(), late()]),
            ["98 of 100 calls of the flood are answered within their deadline"]
        );
    }

    #[test]
    fn a_refusal_that_does_not_say_when_to_come_again_is_wrong() {
        assert_eq!(
            broken(vec![refused(ErrorDetails::new())]),
            ["refusals are RESOURCE_EXHAUSTED or UNAVAILABLE and say when to come again"]
        );
    }
}
