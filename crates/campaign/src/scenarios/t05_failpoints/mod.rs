//! T5: services fail at named places on the way of an order: before and after each step that another one could
//! observe.
//!
//! The programs are built with failpoints (`chassis::failpoint`): `scripts/campaign` puts them into
//! `target/failpoints`. Every failpoint must be reached, and whatever it does, everything must add up afterwards.

mod living; // a service that fails in one life after the other
mod orders; // customers that do not give up
mod plan; // what fails when
mod sites; // every failpoint

use std::time::Duration;

use anyhow::ensure;
use testkit::SystemSettings;
use tokio::time::sleep;

use self::living::Living;
use self::orders::Orders;
use self::plan::{Lives, plan};
use crate::faults::Faults;
use crate::outcome::Outcome;
use crate::scenario::Scenario;
use crate::stage::Stage;
use crate::world::World;

/// Failpoints.
pub const SCENARIO: Scenario = Scenario {
    id: "T5",
    name: "errors, crashes, panics and pauses at every step of an order's way",
    shares_world: false,
    run: |stage| Box::pin(run(stage)),
};

const LOOK_EVERY: Duration = Duration::from_millis(50);

async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let services = testkit::workspace_root().join("target/failpoints");
    ensure!(services.is_dir(), "there are no services with failpoints: scripts/campaign builds them");
    stage.say("starting a system with failpoints");
    let settings = SystemSettings {
        services: Some(services),
        own_broker: true,
        log: "info",
        ..SystemSettings::default()
    };
    let mut world = World::open(settings, stage.size).await?;
    let plan = plan(stage.size);
    let planned = plan.len();
    let mut total = Outcome::default();
    for (number, lives) in plan.into_iter().enumerate() {
        let outcome = play(&mut world, stage, lives).await?;
        let is_over = stage.is_over();
        let (is_last, is_broken) = (number + 1 == planned || is_over, !outcome.passed());
        add(&mut total, outcome, is_last);
        if is_broken {
            // what is wrong stays wrong, and would be blamed on those that follow
            total.figure("judgements before the broken one", number);
            break;
        }
        if is_over {
            total.figure("judgements for which there was time", format!("{} of {planned}", number + 1));
            break;
        }
    }
    Ok(total)
}

/// Services live and fail while customers order and staff works; then the judgement.
async fn play(world: &mut World, stage: &Stage, lives: Lives) -> anyhow::Result<Outcome> {
    let planned: usize = lives.values().flatten().map(Vec::len).sum();
    let mut faults = Faults::none();
    let orders = Orders::start(world, stage);
    let kitchen = world.kitchen(stage);
    let ended = live(world, stage, lives, &mut faults).await;
    sleep(Duration::from_secs(1)).await;
    let changes = kitchen.close().await;
    let tally = orders.stop().await;
    let mut outcome = world.judge(stage, &tally, &faults).await?;
    outcome.figure("statuses changed meanwhile", changes);
    let reached = match ended {
        Ok(()) => format!("{} of {planned}", faults.count()),
        Err(error) => format!("{} of {planned}: {error:#}", faults.count()),
    };
    let what = "every failpoint was reached and did what it was told to";
    outcome.expect("T5", what, faults.count() == planned, reached);
    Ok(outcome)
}

/// Every service lives its lives, whatever the others do meanwhile, and is well in the end.
async fn live(world: &mut World, stage: &Stage, lives: Lives, faults: &mut Faults) -> anyhow::Result<()> {
    let mut living: Vec<_> = lives.into_iter().map(|(service, lives)| Living::of(service, lives)).collect();
    let mut outcome = Ok(());
    while outcome.is_ok() && living.iter().any(|one| !one.is_over()) {
        sleep(LOOK_EVERY).await;
        for one in &mut living {
            outcome = outcome.and(one.look(world, stage, faults));
        }
    }
    for name in world.system.names() {
        if !world.system.is_alive(&name) {
            world.system.resume(&name);
        }
    }
    outcome
}

/// Takes one judgement into the sum: the figures, what is broken, and of the last one also what holds.
fn add(total: &mut Outcome, one: Outcome, is_last: bool) {
    for (kind, count) in one.faults.iter().cloned() {
        match total.faults.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, sum)) => *sum += count,
            None => total.faults.push((kind, count)),
        }
    }
    total.acknowledged += one.acknowledged;
    total.stored += one.stored;
    total.lost += one.lost;
    total.doubled = one.doubled;
    total.longest_stall = total.longest_stall.max(one.longest_stall);
    if is_last || !one.passed() {
        (total.recovery, total.calls, total.figures) = (one.recovery, one.calls, one.figures);
        total.checks = one.checks;
    }
}
