//! Tells dead letters again, once their cause is mended.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use contracts::topics::Topic;

use crate::headers::{DEAD_ORIGIN, DEAD_REASON, DEAD_TRUNCATED, REPLAYED_FROM};
use crate::log_reader::{From, LogReader};
use crate::message::{Message, RawRecord};
use crate::producer::Producer;
use crate::settings::BusSettings;

/// Which dead letters to tell again, and where.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The dead letters.
    pub from: Topic,
    /// The topic they came from; letters of another origin, and those without their
    /// payload, are left out.
    pub to: Topic,
    /// Only letters whose reason contains this.
    pub reason: Option<String>,
    /// First offset per partition; the oldest letter where none is given.
    pub offsets: BTreeMap<i32, i64>,
    /// Only count, tell nothing.
    pub dry_run: bool,
}

/// What a replay did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Letters looked at.
    pub seen: usize,
    /// Letters told again, or that would have been.
    pub told: usize,
    /// Where the next replay may begin, per partition.
    pub next_offsets: BTreeMap<i32, i64>,
}

/// A record that does not come within this time will not come: transactions leave gaps at the end.
const READ_PATIENCE: Duration = Duration::from_secs(5);

/// Tells the letters that are there now, in their order, and ends.
pub async fn replay(settings: &BusSettings, wish: &Replay) -> anyhow::Result<Replayed> {
    let reader = LogReader::new(settings, &[wish.from])?;
    let producer = Producer::new(settings)?;
    let mut ends: BTreeMap<i32, i64> = reader
        .end_offsets(wish.from)
        .await
        .context("asking where the dead letters end")?
        .into_iter()
        .collect();
    let mut replayed = Replayed { next_offsets: ends.clone(), ..Replayed::default() };
    let places: Vec<_> =
        ends.keys().map(|partition| (wish.from, *partition, wish.begin(*partition))).collect();
    ends.retain(|partition, end| wish.offsets.get(partition).copied().unwrap_or_default() < *end);
    reader.follow(&places).await.context("going to the first dead letter")?;
    while !ends.is_empty() {
        let Ok(letter) = tokio::time::timeout(READ_PATIENCE, reader.next()).await else {
            // the letters that are missing have outlived their retention
            break;
        };
        let letter = letter.context("reading the dead letters")?;
        let Some(end) = ends.get(&letter.partition).copied() else { continue };
        if letter.offset + 1 >= end {
            ends.remove(&letter.partition);
        }
        if letter.offset >= end {
            continue;
        }
        replayed.seen += 1;
        if wish.wants(&letter, &settings.topic_prefix) {
            replayed.told += 1;
            if !wish.dry_run {
                tell_again(&producer, wish, &letter, settings).await?;
            }
        }
    }
    Ok(replayed)
}

impl Replay {
    fn begin(&self, partition: i32) -> From {
        self.offsets.get(&partition).map_or(From::Beginning, |offset| From::Offset(*offset))
    }

    fn wants(&self, letter: &Message, prefix: &str) -> bool {
        let origin = letter.headers.get(DEAD_ORIGIN).and_then(|origin| origin.split('/').next());
        let reason = letter.headers.get(DEAD_REASON).unwrap_or_default();
        // without its payload a letter is no record any more
        let is_whole = letter.headers.get(DEAD_TRUNCATED).is_none();
        is_whole
            && origin == Some(self.to.name(prefix).as_str())
            && self.reason.as_ref().is_none_or(|wanted| reason.contains(wanted.as_str()))
    }
}

async fn tell_again(
    producer: &Producer,
    wish: &Replay,
    letter: &Message,
    settings: &BusSettings,
) -> anyhow::Result<()> {
    let place = format!("{}/{}/{}", wish.from.name(&settings.topic_prefix), letter.partition, letter.offset);
    let mut headers = letter.headers.clone();
    headers.remove(DEAD_REASON);
    headers.remove(DEAD_ORIGIN);
    headers.set(REPLAYED_FROM, place.as_str());
    let topic = wish.to.name(&settings.topic_prefix);
    let record = RawRecord { topic, key: letter.key.clone(), payload: letter.payload.clone(), headers };
    if let Err(error) = producer.send_raw(record).await {
        bail!("dead letter {place} is not told again: {error}; those before it are");
    }
    Ok(())
}
