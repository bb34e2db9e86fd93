//! T14: a new release: every service is restarted, one after the other, and no customer notices.

use std::time::Duration;

use rand::Rng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use tokio::time::{Instant, sleep};

use crate::faults::Faults;
use crate::outcome::Outcome;
use crate::rounds;
use crate::scenario::Scenario;
use crate::stage::Stage;
use crate::world::World;

/// Rolling restarts.
pub const SCENARIO: Scenario = Scenario {
    id: "T14",
    name: "rolling restart of every service under load",
    shares_world: true,
    run: |stage| Box::pin(run(stage)),
};

/// Who is restarted; each service that customers need has a second instance.
const SERVICES: [&str; 8] = [
    "menu",
    "slot-scheduler",
    "slot-scheduler-2",
    "order-consumer",
    "order-consumer-2",
    "order-gateway",
    "order-gateway-2",
    "ws-fanout",
];
/// The first attempt and one more.
const ATTEMPTS: usize = 2;

/// Rounds of all services, each in an order of its own, with the pause before each.
fn plan(choices: &mut ChaCha8Rng, rounds: usize) -> Vec<(Duration, &'static str)> {
    let mut plan = Vec::new();
    for _ in 0..rounds {
        let mut round = SERVICES;
        round.shuffle(choices);
        let pause = |name| (Duration::from_millis(choices.random_range(500..1_500)), name);
        plan.extend(round.map(pause));
    }
    plan
}

async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let steps = plan(&mut stage.choices(), stage.size.pick(1, 20));
    let at_once = 2 * SERVICES.len();
    rounds::play(stage, &steps, at_once, async |world, steps| round(stage, world, steps).await).await
}

async fn round(
    stage: &Stage,
    world: &mut World,
    steps: &[(Duration, &'static str)],
) -> anyhow::Result<Outcome> {
    world.bring("order-consumer-2").await;
    let mut faults = Faults::none();
    let load = world.load(stage, stage.size.pick(60, 150));
    let kitchen = world.kitchen(stage);
    let mut longest_end = Duration::ZERO;
    for &(pause, service) in steps {
        sleep(pause).await;
        stage.say(format!("restarting {service}"));
        faults.broke(format!("restart {service}"));
        let began = Instant::now();
        // SIGTERM, and the process ends when what it has begun is done
        world.system.terminate(service);
        let ended = began.elapsed();
        longest_end = longest_end.max(ended);
        world.system.resume(service);
        world.system.ready(service).await;
        faults.mended(service);
        stage.say(format!("it ended after {ended:.1?} and was ready after {:.1?}", began.elapsed()));
    }
    sleep(Duration::from_secs(1)).await;
    let changes = kitchen.close().await;
    let tally = load.stop().await;

    let mut outcome = world.judge(stage, &tally, &faults).await?;
    outcome.figure("statuses changed meanwhile", changes);
    outcome.figure("longest time from SIGTERM to the end of a process", format!("{longest_end:.1?}"));
    let failed = tally.worse_than(ATTEMPTS);
    let what = "no call fails after one repeat at the other gateway";
    outcome.expect("T14", what, failed == 0, format!("{failed} of {} orders", tally.wanted));
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::choices;

    #[test]
    fn every_service_is_restarted_once_a_round_in_the_seeds_order() {
        let made = plan(&mut choices(1, "T14"), 2);

        assert_eq!(made, plan(&mut choices(1, "T14"), 2));
        assert_ne!(made, plan(&mut choices(2, "T14"), 2));
        for service in SERVICES {
            assert_eq!(made.iter().filter(|(_, name)| *name == service).count(), 2, "{service}");
        }
    }
}
