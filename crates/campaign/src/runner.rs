//! One scenario after the other, whatever becomes of each.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::FutureExt as _;
use tokio::time::Instant;

use crate::outcome::Outcome;
use crate::report::{Earlier, Origin, Play, Report};
use crate::scenario::{Scenario, Size};
use crate::scenarios::ALL;
use crate::stage::Stage;
use crate::world::World;

/// What shall run.
#[derive(Clone, Debug)]
pub struct Order {
    /// How much of everything.
    pub size: Size,
    /// What makes the plans.
    pub seed: u64,
    /// Ids of the scenarios; empty for all.
    pub only: Vec<String>,
    /// Whether logs of scenarios that pass are kept too.
    pub keep_logs: bool,
    /// After so long nothing new begins.
    pub at_most: Option<Duration>,
    /// A report whose verdicts this run must come to as well.
    pub agree: Option<Earlier>,
    /// Where the report goes.
    pub out: PathBuf,
}

/// Runs the scenarios, writes the report after each; answers whether all passed, and agree with what was before.
pub async fn run(order: &Order) -> anyhow::Result<bool> {
    std::fs::create_dir_all(&order.out).with_context(|| format!("making {}", order.out.display()))?;
    let mut report = Report::new(order.size, order.seed, Origin::here());
    let until = order.at_most.map(|at_most| Instant::now() + at_most);
    let mut kept = None;
    let mut wanted: Vec<&Scenario> = ALL.iter().filter(|scenario| is_wanted(order, scenario)).collect();
    // whoever shares a world comes first, so that no world stands idle beside another
    wanted.sort_by_key(|scenario| !scenario.shares_world);
    for scenario in wanted {
        if until.is_some_and(|until| Instant::now() >= until) {
            report.left_out.push(scenario.id);
            continue;
        }
        let world = if scenario.shares_world { kept.take() } else { None };
        let (play, left) = play(scenario, order, until, world).await;
        report.plays.push(play);
        report.write(&order.out)?;
        kept = left;
    }
    report.write(&order.out)?;
    println!("\n{}", report.text());
    println!("the report: {}", order.out.join("campaign.html").display());
    Ok(agrees(order.agree.as_ref(), &report) && report.passed())
}

/// Says where the verdicts are others than they were.
fn agrees(earlier: Option<&Earlier>, report: &Report) -> bool {
    let Some(earlier) = earlier else { return true };
    let differences = earlier.differences(report);
    match differences.as_slice() {
        [] => println!("every verdict is the same as before"),
        _ => println!("other verdicts than before:\n  {}", differences.join("\n  ")),
    }
    differences.is_empty()
}

fn is_wanted(order: &Order, scenario: &Scenario) -> bool {
    order.only.is_empty() || order.only.iter().any(|id| id == scenario.id)
}

/// Plays one scenario; answers what came of it and the world it left.
async fn play(
    scenario: &Scenario,
    order: &Order,
    until: Option<Instant>,
    world: Option<World>,
) -> (Play, Option<World>) {
    let stage = Stage::new(scenario.id, order, until, world);
    stage.say(format!("{} (seed {})", scenario.name, order.seed));
    let ended = AssertUnwindSafe((scenario.run)(&stage)).catch_unwind().await;
    let outcome = match ended {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => broken(scenario, format!("{error:#}")),
        Err(panic) => broken(scenario, said(panic.as_ref())),
    };
    stage.say(if outcome.passed() { "passed".to_owned() } else { failed(&outcome) });
    let left = stage.take_kept().await;
    if let Some(world) = left.as_ref().filter(|_| order.keep_logs || !outcome.passed()) {
        stage.save_logs(world);
    }
    let left = left.filter(|_| outcome.passed());
    let play = Play {
        id: scenario.id,
        name: scenario.name,
        seed: order.seed,
        seconds: stage.elapsed().as_secs_f64(),
        outcome,
    };
    (play, left)
}

/// A scenario that did not come to its end.
fn broken(scenario: &Scenario, why: String) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.expect(scenario.id, "the scenario comes to its end", false, why);
    outcome
}

fn failed(outcome: &Outcome) -> String {
    let broken: Vec<_> =
        outcome.failures().iter().map(|check| format!("{} {}", check.number, check.what)).collect();
    format!("FAILED: {}", broken.join("; "))
}

/// What a panic said.
fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_else(|| "a panic".to_owned())
}
