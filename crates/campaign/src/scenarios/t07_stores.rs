//! T7: the stores themselves break: Redis loses its memory, PostgreSQL stops hard, the broker restarts.

use std::time::Duration;

use anyhow::Context as _;
use rand::Rng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use tokio::time::{Instant, sleep};

use crate::facts;
use crate::faults::Faults;
use crate::outcome::Outcome;
use crate::rounds;
use crate::scenario::Scenario;
use crate::stage::Stage;
use crate::world::World;

/// Stores that break.
pub const SCENARIO: Scenario = Scenario {
    id: "T7",
    name: "Redis loses its memory, PostgreSQL stops hard, the broker restarts, under load",
    shares_world: true,
    run: |stage| Box::pin(run(stage)),
};

const STEPS_A_ROUND: usize = 8;
/// Acknowledgements must have come back so long after a store has.
const RESUMES_WITHIN: Duration = Duration::from_secs(10);

/// Readers of the log get so long to come to its end again before the next store breaks.
const CATCHES_UP_WITHIN: Duration = Duration::from_secs(40);

/// How a store breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Breakage {
    /// `kill -9`, and its append-only file is gone.
    RedisLosesItsFile,
    /// `FLUSHALL`: it goes on running, empty.
    RedisIsEmptied,
    /// What `pg_ctl stop -m immediate` does.
    PostgresStopsHard,
    /// `kill -9`, and it comes back with its log.
    BrokerRestarts,
}

const BREAKAGES: [Breakage; 4] = [
    Breakage::RedisLosesItsFile,
    Breakage::RedisIsEmptied,
    Breakage::PostgresStopsHard,
    Breakage::BrokerRestarts,
];

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    pause: Duration,
    breakage: Breakage,
    /// How long the store stays away.
    away: Duration,
}

/// Each breakage so many times, in an order of the seed's.
fn plan(choices: &mut ChaCha8Rng, times: usize) -> Vec<Step> {
    let mut plan = Vec::new();
    for _ in 0..times {
        let mut round = BREAKAGES;
        round.shuffle(choices);
        for breakage in round {
            let pause = Duration::from_millis(choices.random_range(2_000..4_000));
            let away = Duration::from_millis(choices.random_range(200..3_000));
            plan.push(Step { pause, breakage, away });
        }
    }
    plan
}

async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let steps = plan(&mut stage.choices(), stage.size.pick(1, 30));
    rounds::play(stage, &steps, STEPS_A_ROUND, async |world, steps| round(stage, world, steps).await).await
}

async fn round(stage: &Stage, world: &mut World, steps: &[Step]) -> anyhow::Result<Outcome> {
    let (mut faults, mut caught_up) = (Faults::none(), Vec::new());
    let load = world.load(stage, stage.size.pick(60, 150));
    let kitchen = world.kitchen(stage);
    for step in steps {
        sleep(step.pause).await;
        stage.say(format!("{} for {:?}", step.breakage.word(), step.away));
        break_store(world, step, &mut faults).await?;
        stage.say("the store is back");
        // the next one must not meet what this one has left
        let took = read_again(world).await;
        let took = took.map_or_else(|| "not in time".to_owned(), |took| format!("{} ms", took.as_millis()));
        stage.say(format!("a new order is stored and its place confirmed after: {took}"));
        caught_up.push((step.breakage.word(), took));
    }
    sleep(Duration::from_secs(3)).await;
    let changes = kitchen.close().await;
    let tally = load.stop().await;

    let recoveries = faults.recoveries(&world.notes);
    let mut outcome = world.judge(stage, &tally, &faults).await?;
    outcome.figure("statuses changed meanwhile", changes);
    for (what, took) in &recoveries {
        let took = took.map_or_else(|| "never".to_owned(), |took| format!("{} ms", took.as_millis()));
        outcome.figure(&format!("acknowledged again after: {what}"), took);
    }
    for (what, took) in caught_up {
        outcome.figure(&format!("a new order stored, its place confirmed after: {what}"), took);
    }
    let slow = recoveries.iter().filter(|(_, took)| took.is_none_or(|took| took > RESUMES_WITHIN)).count();
    let what = "acknowledgements resume within 10 s of each store's return";
    outcome.expect("T7", what, slow == 0, format!("{slow} of {} did not", recoveries.len()));
    Ok(outcome)
}

async fn break_store(world: &mut World, step: &Step, faults: &mut Faults) -> anyhow::Result<()> {
    let system = &mut world.system;
    faults.broke(step.breakage.word());
    match step.breakage {
        Breakage::RedisLosesItsFile => {
            system.redis.kill();
            system.redis.lose_files();
            sleep(step.away).await;
            system.redis.resume().await;
        }
        Breakage::RedisIsEmptied => system.redis.forget().await,
        Breakage::PostgresStopsHard => {
            let postgres = system.postgres.as_mut().context("the world has a PostgreSQL of its own")?;
            postgres.stop_hard();
            sleep(step.away).await;
            postgres.resume().await;
        }
        Breakage::BrokerRestarts => {
            let broker = system.broker.as_mut().context("the world has a broker of its own")?;
            broker.kill();
            sleep(step.away).await;
            broker.resume().await;
        }
    }
    faults.mended(step.breakage.word());
    Ok(())
}

/// Waits until an order that is acknowledged from now on is stored and its place is confirmed; how long that took.
async fn read_again(world: &World) -> Option<Duration> {
    let (since, from) = (Instant::now(), world.notes.len());
    while since.elapsed() < CATCHES_UP_WITHIN {
        sleep(Duration::from_millis(100)).await;
        let fresh = world.notes.acknowledged_since(from);
        let Some(order) = fresh.values().next() else { continue };
        if facts::is_settled(world.system.db.url(), order).await.unwrap_or_default() {
            return Some(since.elapsed());
        }
    }
    None
}

impl Breakage {
    const fn word(self) -> &'static str {
        match self {
            Self::RedisLosesItsFile => "Redis killed, its file lost",
            Self::RedisIsEmptied => "Redis emptied",
            Self::PostgresStopsHard => "PostgreSQL stopped hard",
            Self::BrokerRestarts => "broker killed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::choices;

    #[test]
    fn every_store_breaks_as_often_as_asked_in_the_seeds_order() {
        let made = plan(&mut choices(1, "T7"), 3);

        assert_eq!(made, plan(&mut choices(1, "T7"), 3));
        assert_ne!(made, plan(&mut choices(2, "T7"), 3));
        for breakage in BREAKAGES {
            assert_eq!(made.iter().filter(|step| step.breakage == breakage).count(), 3);
        }
    }
}
