//! T6: services and the broker are killed without a warning while customers order.

use std::time::Duration;

use rand::Rng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use tokio::time::sleep;

use crate::faults::Faults;
use crate::outcome::Outcome;
use crate::rounds;
use crate::scenario::Scenario;
use crate::stage::Stage;
use crate::world::World;

/// Kill loops.
pub const SCENARIO: Scenario = Scenario {
    id: "T6",
    name: "kill -9 of services and of the broker under load",
    shares_world: true,
    run: |stage| Box::pin(run(stage)),
};

const KILLS_A_ROUND: usize = 25;
const KAFKA: &str = "kafka";
/// Who is killed. Those on the way of an order come twice as often.
const VICTIMS: [&str; 11] = [
    "order-gateway",
    "order-gateway-2",
    "slot-scheduler",
    "slot-scheduler-2",
    "order-consumer",
    "order-consumer",
    "order-consumer-2",
    "order-consumer-2",
    KAFKA,
    "menu",
    "ws-fanout",
];

/// One kill.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kill {
    /// How long all is well before.
    pause: Duration,
    victim: &'static str,
    /// How long the victim stays away.
    away: Duration,
}

/// Every victim comes up before any comes again too often: rounds of all victims, each in an order of its own.
fn plan(choices: &mut ChaCha8Rng, kills: usize) -> Vec<Kill> {
    let mut plan = Vec::with_capacity(kills);
    while plan.len() < kills {
        let mut round = VICTIMS;
        round.shuffle(choices);
        for victim in round {
            let pause = Duration::from_millis(choices.random_range(800..2_200));
            let away = Duration::from_millis(choices.random_range(0..800));
            plan.push(Kill { pause, victim, away });
        }
    }
    plan.truncate(kills);
    plan
}

async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let kills = plan(&mut stage.choices(), stage.size.pick(20, 500));
    rounds::play(stage, &kills, KILLS_A_ROUND, async |world, kills| round(stage, world, kills).await).await
}

async fn round(stage: &Stage, world: &mut World, kills: &[Kill]) -> anyhow::Result<Outcome> {
    world.bring("order-consumer-2").await;
    let mut faults = Faults::none();
    let load = world.load(stage, stage.size.pick(100, 200));
    let kitchen = world.kitchen(stage);
    for (number, kill) in kills.iter().enumerate() {
        sleep(kill.pause).await;
        stage.say(format!("kill {} of {}: {}", number + 1, kills.len(), kill.victim));
        play(world, kill, &mut faults).await;
    }
    sleep(Duration::from_secs(2)).await;
    let changes = kitchen.close().await;
    let tally = load.stop().await;

    let mut outcome = world.judge(stage, &tally, &faults).await?;
    outcome.figure("statuses changed meanwhile", changes);
    let above = outcome.above_limits;
    outcome.expect("T6", "no order is booked above a limit: Redis forgets nothing here", above == 0, above);
    let p99 = outcome.recovery.p99;
    outcome.expect("T6", "99 of 100 recoveries take 5 s at most", p99 <= 5_000.0, outcome.recovery);
    Ok(outcome)
}

async fn play(world: &mut World, kill: &Kill, faults: &mut Faults) {
    faults.broke(format!("kill {}", kill.victim));
    if kill.victim == KAFKA {
        let broker = world.system.broker.as_mut().expect("the world has a broker of its own");
        broker.kill();
        sleep(kill.away).await;
        broker.resume().await;
    } else {
        world.system.kill(kill.victim);
        sleep(kill.away).await;
        world.system.resume(kill.victim);
    }
    faults.mended(kill.victim);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::stage::choices;

    #[test]
    fn the_same_seed_makes_the_same_plan_with_every_victim_in_it() {
        let made = plan(&mut choices(1, "T6"), 20);

        assert_eq!(made, plan(&mut choices(1, "T6"), 20));
        assert_ne!(made, plan(&mut choices(2, "T6"), 20));
        assert_eq!(made.len(), 20);
        let victims: BTreeSet<_> = made.iter().map(|kill| kill.victim).collect();
        assert_eq!(victims, VICTIMS.into_iter().collect());
    }
}
