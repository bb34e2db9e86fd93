//! T10: one record in a hundred on `pizza-orders` is no order.

mod records;

use std::collections::HashMap;
use std::time::Duration;

use bus::{From, Message, Producer};
use chassis::{Clock as _, SystemClock};
use chrono::{DateTime, Utc};
use contracts::events::v1::OrderEvent;
use contracts::events::v1::order_event::Type;
use contracts::order::PizzaOrder;
use contracts::topics::Topic;
use domain::ids::OrderId;
use prost::Message as _;
use rand::seq::SliceRandom as _;
use tokio::time::{MissedTickBehavior, interval, sleep};
use uuid::Uuid;

use self::records::Poison;
use crate::faults::Faults;
use crate::hiccups::Hiccups;
use crate::memory::{self, Bytes};
use crate::outcome::Outcome;
use crate::scenario::Scenario;
use crate::spread::Spread;
use crate::stage::Stage;
use crate::topic;
use crate::world::World;

/// Poison on the log.
pub const SCENARIO: Scenario = Scenario {
    id: "T10",
    name: "one record in a hundred on pizza-orders is no order",
    shares_world: true,
    run: |stage| Box::pin(run(stage)),
};

const ORDERS_PER_SECOND: u32 = 50;
/// How long the last poison may still be felt.
const AFTERMATH: Duration = Duration::from_secs(2);
/// How long nothing happens, before and after: the machine may have become busier meanwhile.
const CALM: Duration = Duration::from_secs(8);
/// Services that read the topic.
const READERS: [&str; 2] = ["order-consumer", "slot-scheduler"];
/// What a reader may take for the largest record, and a batch of others beside it.
const MOST_MORE_MEMORY: u64 = 96 << 20;
/// Healthy orders may be told so much later beside poison, and by this on a busy machine.
const MOST_TIMES: f64 = 1.5;
const NOISE_MS: f64 = 150.0;

/// What was sent, by event id.
type Sent = HashMap<Uuid, (Poison, Vec<u8>)>;

async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let mut world = stage.world().await?;
    let load = world.load(stage, ORDERS_PER_SECOND);
    // the first orders after a start are slower
    sleep(Duration::from_secs(2)).await;
    let (calm, hiccups) = (SystemClock.now(), Hiccups::watch());
    sleep(CALM).await;
    let begin = SystemClock.now();
    let before = readers(&world);

    let kinds = plan(stage);
    let (sent, mut faults) = poison(stage, &world, &kinds, begin).await?;
    faults.mended("poison");
    sleep(AFTERMATH).await;
    let end = SystemClock.now();
    sleep(CALM).await;
    let tally = load.stop().await;
    world.expected.dead_letters += sent.len() as u64;

    let mut outcome = world.judge(stage, &tally, &faults).await?;
    outcome.figure("poison", format!("{} records of {} kinds", sent.len(), Poison::ALL.len()));
    letters(&world, begin, &sent, &mut outcome).await?;
    let times = Times { calm, begin, end, machine: hiccups.worst() };
    lateness(&world, &times, &sent, &mut outcome).await?;
    for (name, before) in before {
        let peak = memory::peak(&world.system, &name).unwrap_or_default();
        let more = Bytes(peak.0.saturating_sub(before.0));
        let what = format!("no record makes {name} grow by more than {}", Bytes(MOST_MORE_MEMORY));
        outcome.expect("T10", &what, more.0 <= MOST_MORE_MEMORY, more);
    }
    stage.keep(world).await;
    Ok(outcome)
}

/// Every instance that reads the topic, with what it has in memory.
fn readers(world: &World) -> Vec<(String, Bytes)> {
    let names = world.system.names().into_iter();
    let readers = names.filter(|name| READERS.iter().any(|service| name.starts_with(service)));
    readers.filter_map(|name| Some((name.clone(), memory::resident(&world.system, &name)?))).collect()
}

/// Every kind as often as any other, in an order of the seed's own.
fn plan(stage: &Stage) -> Vec<Poison> {
    let count = stage.size.pick(Poison::ALL.len(), 1_000);
    let mut kinds: Vec<_> = Poison::ALL.into_iter().cycle().take(count).collect();
    kinds.shuffle(&mut stage.choices());
    kinds
}

/// Sends one after each hundredth order.
async fn poison(
    stage: &Stage,
    world: &World,
    kinds: &[Poison],
    begin: DateTime<Utc>,
) -> anyhow::Result<(Sent, Faults)> {
    let settings = world.system.topics.settings("campaign");
    let healthy =
        topic::read(&settings, Topic::PizzaOrders, From::Time(begin - Duration::from_secs(5))).await?;
    let model = healthy.iter().find_map(|message| PizzaOrder::decode(message.payload.clone()).ok());
    let model = model.ok_or_else(|| anyhow::anyhow!("no order has reached the log"))?;
    let (producer, mut sent, mut faults) = (Producer::new(&settings)?, Sent::new(), Faults::none());
    let mut clock = interval(Duration::from_secs(100) / ORDERS_PER_SECOND);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for kind in kinds {
        if stage.is_over() {
            break;
        }
        clock.tick().await;
        let record = kind.record(&model);
        stage.say(format!("{kind:?}, {} bytes", record.payload.len()));
        faults.broke(format!("{kind:?}"));
        sent.insert(record.event_id, (*kind, record.payload.clone()));
        producer.send(record).await?;
    }
    Ok((sent, faults))
}

/// Dead letters are what was sent, word for word, or say that they are too long.
async fn letters(
    world: &World,
    begin: DateTime<Utc>,
    sent: &Sent,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    let settings = world.system.topics.settings("campaign");
    let mut letters = HashMap::<Uuid, Vec<Message>>::new();
    for letter in topic::read(&settings, Topic::PizzaOrdersDlq, From::Time(begin)).await? {
        letters.entry(letter.headers.event_id().unwrap_or_default()).or_default().push(letter);
    }
    let mut wrong = Vec::new();
    for (id, (kind, payload)) in sent {
        match letters.remove(id).as_deref() {
            None => wrong.push(format!("{kind:?} is no dead letter")),
            Some([letter, ..]) if !is_faithful(letter, payload) => {
                wrong.push(format!("{kind:?} is not word for word among the dead letters"));
            }
            Some(_) => {}
        }
    }
    let strangers = letters.values().flatten().filter_map(|letter| letter.headers.get("dead.reason"));
    wrong.extend(strangers.map(|reason| format!("a dead letter that nobody sent: {reason}")));
    let found = if wrong.is_empty() { format!("{} of {}", sent.len(), sent.len()) } else { wrong.join("; ") };
    let what = "dead letters are the records that were sent, word for word";
    outcome.expect("T10", what, wrong.is_empty(), found);
    Ok(())
}

fn is_faithful(letter: &Message, payload: &[u8]) -> bool {
    let cut = letter.headers.get("dead.truncated").map(|length| length == payload.len().to_string());
    let has_story =
        letter.headers.get("dead.reason").is_some() && letter.headers.get("dead.origin").is_some();
    has_story && cut.unwrap_or_else(|| letter.payload == payload)
}

/// What happened when, and how late the machine itself was.
struct Times {
    calm: DateTime<Utc>,
    begin: DateTime<Utc>,
    end: DateTime<Utc>,
    machine: Duration,
}

/// From an order's first sight to its event, without and with poison beside it.
async fn lateness(world: &World, times: &Times, sent: &Sent, outcome: &mut Outcome) -> anyhow::Result<()> {
    let settings = world.system.topics.settings("campaign");
    let (mut before, mut beside, mut after) = (Vec::new(), Vec::new(), Vec::new());
    let mut latest = (Duration::ZERO, times.begin);
    for message in topic::read(&settings, Topic::OrderEvents, From::Time(times.calm)).await? {
        let event = OrderEvent::decode(message.payload.clone())?;
        let Some(placed) = placed_at(&event).filter(|placed| *placed >= times.calm) else { continue };
        let took = (message.timestamp - placed).to_std().unwrap_or_default();
        if placed < times.begin {
            before.push(took);
        } else if placed < times.end {
            beside.push(took);
            latest = latest.max((took, message.timestamp));
        } else {
            after.push(took);
        }
    }
    let (before, beside, after) = (Spread::of(before), Spread::of(beside), Spread::of(after));
    outcome.figure("from the order to its event, before the poison", before);
    outcome.figure("from the order to its event, after the poison", after);
    outcome.figure("the latest beside poison was told", last_before(sent, latest.1));
    outcome.figure("the machine woke nobody later than, in ms", times.machine.as_millis());
    outcome.expect(
        "T10",
        "99 of 100 orders beside poison are told at most 1.5 times as late, the machine's own lateness aside",
        beside.p99 <= most_late(before.p99.max(after.p99), times.machine),
        beside,
    );
    Ok(())
}

/// How late, in milliseconds, orders beside poison may be where others are so late.
fn most_late(usual: f64, machine: Duration) -> f64 {
    (usual * MOST_TIMES).max(usual + NOISE_MS) + machine.as_secs_f64() * 1000.0
}

/// Which poison was sent last before then, and how long before.
fn last_before(sent: &Sent, then: DateTime<Utc>) -> String {
    let sent_at = |id: &Uuid| {
        let (seconds, nanos) = id.get_timestamp()?.to_unix();
        DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
    };
    let sent = sent.iter().filter_map(|(id, (kind, _))| Some((sent_at(id).filter(|at| *at <= then)?, *kind)));
    sent.max_by_key(|(at, _)| *at).map_or_else(
        || "before any poison".to_owned(),
        |(at, kind)| format!("{} ms after {kind:?}", (then - at).num_milliseconds()),
    )
}

fn placed_at(event: &OrderEvent) -> Option<DateTime<Utc>> {
    let id: OrderId = Some(event).filter(|event| event.r#type() == Type::Created)?.order_id.parse().ok()?;
    id.unix_millis().and_then(DateTime::from_timestamp_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_as_much_again_is_allowed_or_noise_and_what_the_machine_slept() {
        assert!((most_late(400.0, Duration::ZERO) - 600.0).abs() < 1e-9);
        assert!((most_late(20.0, Duration::ZERO) - (20.0 + NOISE_MS)).abs() < 1e-9);
        assert!((most_late(400.0, Duration::from_millis(60)) - 660.0).abs() < 1e-9);
    }
}
