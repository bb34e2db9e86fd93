//! T8: the links between services, stores and clients go bad and heal, one after the other.

mod spell;

use std::time::Duration;

use tokio::time::{Instant, sleep};

use self::spell::{Spell, plan};
use crate::customer::DEADLINE;
use crate::faults::Faults;
use crate::hiccups::Hiccups;
use crate::load::GRACE;
use crate::outcome::Outcome;
use crate::scenario::Scenario;
use crate::stage::Stage;
use crate::world::World;

/// Bad links.
pub const SCENARIO: Scenario = Scenario {
    id: "T8",
    name: "slow, narrow, torn, refused, frozen and half-open links to every store and service",
    shares_world: false,
    run: |stage| Box::pin(run(stage)),
};

const ORDERS_PER_SECOND: u32 = 30;
const BETWEEN: Duration = Duration::from_secs(2);
/// How often a torn link tears.
const TEAR_EVERY: Duration = Duration::from_millis(400);
const RESUMES_WITHIN_MS: f64 = 10_000.0;

async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let settings = World::usual_settings();
    let settings = testkit::SystemSettings { own_postgres: false, links: true, ..settings };
    let mut world = World::open(settings, stage.size).await?;
    let spells = plan(stage.size, &mut stage.choices());
    let length = Duration::from_secs(stage.size.pick(9, 60));
    let mut faults = Faults::none();
    let (mut unsound, hiccups) = (Vec::new(), Hiccups::watch());
    let load = world.load(stage, ORDERS_PER_SECOND);
    sleep(BETWEEN).await;
    for (number, spell) in spells.iter().enumerate() {
        if number > 0 && stage.is_over() {
            break;
        }
        stage.say(format!("{} of {}: {spell}", number + 1, spells.len()));
        faults.broke(spell.to_string());
        cast(&world, *spell, length).await;
        faults.mended(spell.to_string());
        sleep(BETWEEN).await;
        let found = verify::sample_loads(&world.stores()).await?;
        unsound.extend(found.into_iter().map(|finding| format!("after {spell}: {finding}")));
    }
    let tally = load.stop().await;

    let mut outcome = world.judge(stage, &tally, &faults).await?;
    outcome.expect("T8", "slots are sound after each spell", unsound.is_empty(), unsound.join("; "));
    let (worst, longest) = (hiccups.worst().as_secs_f64() * 1000.0, tally.calls.max);
    outcome.figure("the machine woke nobody later than, in ms", format!("{worst:.0}"));
    outcome.expect(
        "T8",
        "no call takes longer than its deadline and 100 ms, the machine's own lateness aside",
        longest <= (DEADLINE + GRACE).as_secs_f64() * 1000.0 + worst,
        format!("{longest:.0} ms"),
    );
    let recoveries = faults.recoveries(&world.notes);
    let stuck = recoveries.iter().find(|(_, took)| took.is_none()).map(|(spell, _)| spell.clone());
    outcome.expect(
        "T8",
        "acknowledgements resume within 10 s after each spell",
        stuck.is_none() && outcome.recovery.max <= RESUMES_WITHIN_MS,
        stuck.map_or_else(|| outcome.recovery.to_string(), |spell| format!("none after {spell}")),
    );
    Ok(outcome)
}

/// Makes the link bad for a while.
async fn cast(world: &World, spell: Spell, length: Duration) {
    let link = world.system.link(spell.link);
    let end = Instant::now() + length;
    spell.cast(link);
    while Instant::now() < end {
        sleep(TEAR_EVERY.min(end - Instant::now())).await;
        if spell.is_repeated() {
            link.reset();
        }
    }
    link.heal();
}
