//! T9: order-consumers come and go, and the group shares its partitions out anew each time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::facts;
use crate::faults::Faults;
use crate::outcome::Outcome;
use crate::rounds;
use crate::scenario::Scenario;
use crate::stage::Stage;
use crate::world::World;

/// Rebalances.
pub const SCENARIO: Scenario = Scenario {
    id: "T9",
    name: "order-consumers scaled 1, 3, 2, 1 under load",
    shares_world: true,
    run: |stage| Box::pin(run(stage)),
};

/// The group of consumers works on after a change within this.
const LONGEST_STALL: Duration = Duration::from_secs(10);
const CHANGES_A_ROUND: usize = 24;
/// The first one, which answers calls, always runs.
const OTHERS: [&str; 2] = ["order-consumer-2", "order-consumer-3"];
const COUNTS: [usize; 3] = [3, 2, 1];
const LOOK_EVERY: Duration = Duration::from_millis(200);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    pause: Duration,
    /// Which of the others run from now on.
    others: Vec<&'static str>,
}

/// Counts 3, 2, 1 round and round; who stays of three is the seed's choice.
fn plan(choices: &mut ChaCha8Rng, changes: usize) -> Vec<Change> {
    let counts = COUNTS.into_iter().cycle().take(changes);
    let change = |count: usize| {
        let mut others: Vec<_> = OTHERS.choose_multiple(choices, count - 1).copied().collect();
        others.sort_unstable();
        Change { pause: Duration::from_millis(choices.random_range(3_500..5_500)), others }
    };
    counts.map(change).collect()
}

async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let changes = plan(&mut stage.choices(), stage.size.pick(6, 200));
    rounds::play(stage, &changes, CHANGES_A_ROUND, async |world, changes| round(stage, world, changes).await)
        .await
}

async fn round(stage: &Stage, world: &mut World, changes: &[Change]) -> anyhow::Result<Outcome> {
    for name in OTHERS {
        world.bring(name).await;
        world.system.terminate(name);
    }
    let mut faults = Faults::none();
    let load = world.load(stage, stage.size.pick(60, 150));
    let storing = Storing::watch(world.system.db.url());
    for change in changes {
        sleep(change.pause).await;
        stage.say(format!("{} order-consumers", 1 + change.others.len()));
        scale(world, &change.others);
        faults.broke(format!("scaled to {}", 1 + change.others.len()));
        faults.mended("a change of the group");
    }
    sleep(Duration::from_secs(5)).await;
    let stall = storing.longest_stall().await?;
    let tally = load.stop().await;

    let mut outcome = world.judge(stage, &tally, &faults).await?;
    let what = "orders are stored without a stall of more than 10 s";
    outcome.expect("T9", what, stall <= LONGEST_STALL, format!("{} ms", stall.as_millis()));
    Ok(outcome)
}

/// Starts and ends consumers, as a deployment does: by SIGTERM, several at once.
fn scale(world: &mut World, wanted: &[&str]) {
    for name in OTHERS {
        let runs = world.system.is_alive(name);
        if wanted.contains(&name) && !runs {
            world.system.resume(name);
        } else if !wanted.contains(&name) && runs {
            world.system.terminate(name);
        }
    }
}

/// Watches how the number of stored orders grows.
struct Storing {
    stop: Arc<AtomicBool>,
    watch: JoinHandle<anyhow::Result<Duration>>,
}

impl Storing {
    fn watch(database_url: &str) -> Self {
        let (url, stop) = (database_url.to_owned(), Arc::new(AtomicBool::new(false)));
        let ended = Arc::clone(&stop);
        let watch = tokio::spawn(async move {
            let mut counter = facts::Counter::open(&url).await?;
            let (mut count, mut changed, mut longest) =
                (counter.orders().await?, Instant::now(), Duration::ZERO);
            while !ended.load(Ordering::Relaxed) {
                sleep(LOOK_EVERY).await;
                let now = counter.orders().await?;
                longest = longest.max(changed.elapsed());
                if now != count {
                    (count, changed) = (now, Instant::now());
                }
            }
            Ok(longest)
        });
        Self { stop, watch }
    }

    async fn longest_stall(self) -> anyhow::Result<Duration> {
        self.stop.store(true, Ordering::Relaxed);
        self.watch.await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::choices;

    #[test]
    fn the_group_grows_to_three_and_shrinks_to_one_the_same_way_for_a_seed() {
        let made = plan(&mut choices(1, "T9"), 6);

        assert_eq!(made, plan(&mut choices(1, "T9"), 6));
        let counts: Vec<_> = made.iter().map(|change| 1 + change.others.len()).collect();
        assert_eq!(counts, [3, 2, 1, 3, 2, 1]);
    }
}
