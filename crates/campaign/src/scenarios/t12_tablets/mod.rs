//! T12: two hundred tablets, of which some never read, some come and go, and some talk rubbish.

mod hostile;

use std::time::Duration;

use testkit::{BRANCH_MAIN, BRANCH_NOVOSIBIRSK, SystemSettings};
use tokio::time::{Instant, sleep};

use self::hostile::{Hostile, Manner};
use crate::faults::Faults;
use crate::memory::{self, Bytes};
use crate::outcome::Outcome;
use crate::scenario::Scenario;
use crate::screens::Watched;
use crate::stage::Stage;
use crate::world::World;

/// Hostile tablets.
pub const SCENARIO: Scenario = Scenario {
    id: "T12",
    name: "200 tablets: 10 % never read, 10 % come and go, 5 % talk rubbish",
    shares_world: false,
    run: |stage| Box::pin(run(stage)),
};

const ORDERS_PER_SECOND: u32 = 15;
const NEVER_READ: usize = 20;
const COME_AND_GO: usize = 20;
const TALK_RUBBISH: usize = 10;
const HEALTHY: usize = 150;
const WARM: Duration = Duration::from_secs(5);
/// Memory at the end, in terms of that when all had come. Orders of the live state are part of it.
const MOST_TIMES: f64 = 1.25;
/// So much more says nothing: a small process that has just begun to work still asks for its first pages.
const NOISE: u64 = 24 << 20;
/// How long the server may keep the seats of tablets that are gone.
const SEATS: Duration = Duration::from_secs(20);

async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let settings = SystemSettings { log: "info", ..SystemSettings::default() };
    let mut world = World::open(settings, stage.size).await?;
    let usual = world.screens.len();
    for number in 0..HEALTHY {
        let (city, branch) =
            if number % 3 == 0 { ("Novosibirsk", BRANCH_NOVOSIBIRSK) } else { ("Moscow", BRANCH_MAIN) };
        let token = world.system.keys.token("cook", branch);
        let name = format!("tablet {number} in {city}");
        world.screens.push(Watched::start(&name, &[branch], false, world.system.tablet_url(), token));
    }
    let mut faults = Faults::none();
    let hostile = Hostile::begin(&world.system, stage);
    for (manner, count) in [
        (Manner::NeverReads, NEVER_READ),
        (Manner::ComesAndGoes, COME_AND_GO),
        (Manner::TalksRubbish, TALK_RUBBISH),
    ] {
        hostile.send(manner, count);
        (0..count).for_each(|_| faults.broke(format!("a tablet that {manner}")));
    }

    let load = world.load(stage, ORDERS_PER_SECOND);
    sleep(WARM).await;
    let (begin, mut most) = (resident(&world), Bytes::default());
    let end = Instant::now() + stage.at_most(Duration::from_secs(stage.size.pick(15, 7_200)));
    while Instant::now() < end {
        sleep(Duration::from_secs(1)).await;
        most = most.max(resident(&world));
    }
    let tally = load.stop().await;
    let used = hostile.end().await;
    faults.mended("hostile tablets");
    let seats = seats(&world, HEALTHY + usual).await;

    let mut outcome = world.judge(stage, &tally, &faults).await?;
    outcome.figure("sockets of hostile tablets", used);
    outcome.expect(
        "T12",
        "ws-fanout does not grow",
        most.times(begin) <= MOST_TIMES || most.0 <= begin.0 + NOISE,
        format!("{begin} to {most}"),
    );
    let what = "the seats of tablets that are gone are given back";
    outcome.expect(
        "T12",
        what,
        seats == HEALTHY + usual,
        format!("{seats} seats, {} in use", HEALTHY + usual),
    );
    let again: u32 = world.screens.iter().map(|screen| screen.sockets().0 - 1).sum();
    outcome.expect("T12", "no healthy screen loses its socket", again == 0, format!("{again} times"));
    Ok(outcome)
}

fn resident(world: &World) -> Bytes {
    memory::resident(&world.system, "ws-fanout").unwrap_or_default()
}

/// Seats that are taken, as soon as it is so many.
async fn seats(world: &World, in_use: usize) -> usize {
    let end = Instant::now() + SEATS;
    loop {
        let taken = world.system.total("ws-fanout", "ws_sockets").await.unwrap_or_default();
        let seats = format!("{taken:.0}").parse().unwrap_or_default();
        if seats == in_use || Instant::now() >= end {
            return seats;
        }
        sleep(Duration::from_millis(200)).await;
    }
}
