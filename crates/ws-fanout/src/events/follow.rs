//! Following the log, from the first place to the last stop.
//!
//! First the places are fixed, then the base state is fetched, then the ends of the log are asked for: what was
//! committed before the base state is in it, what came after is read. Sockets are let in when all of that has been
//! applied.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bus::{BusError, From, LogReader, Message};
use chassis::{Backoff, Check, Clock};
use chrono::{DateTime, Utc};
use contracts::topics::Topic;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{hear_menu, hear_orders, hear_slots};
use crate::app::hub::Hub;
use crate::app::live::{HistoryLimits, Live};
use crate::app::ports::{NoBase, OrderBook};
use crate::app::seq::Seq;

const BROKER_BEAT: Duration = Duration::from_secs(2);
const BROKER_ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// The part of the service that follows the log.
pub struct Follower<B> {
    /// The log.
    pub reader: Arc<LogReader>,
    /// Where everything heard goes.
    pub hub: Arc<Hub>,
    /// Where the base state comes from.
    pub orders: Arc<B>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// How much history is kept.
    pub history: HistoryLimits,
    /// Whether what the hub tells is the present.
    pub state: Check,
    /// Tells which partitions are read.
    pub followed: watch::Sender<Followed>,
}

/// How many partitions of each topic are read; nothing before reading has begun.
pub type Followed = BTreeMap<Topic, usize>;

/// Why the state cannot be built at the moment.
#[derive(Debug, thiserror::Error)]
enum NotYet {
    #[error("the log")]
    Log(#[from] BusError),
    #[error(transparent)]
    Base(#[from] NoBase),
}

/// Where reading begins, per partition of `order-events`.
struct Beginning {
    offsets: Vec<(i32, i64)>,
    since: DateTime<Utc>,
}

impl<B: OrderBook> Follower<B> {
    /// Builds the state, lets sockets in, and goes on until `stop`.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let built = tokio::select! {
            built = self.build() => built,
            () = stop.cancelled() => return Ok(()),
        };
        let mut ahead = built;
        loop {
            if ahead.is_nothing() && !self.state.is_up() {
                self.hub.caught_up();
                self.state.up();
            }
            let message = tokio::select! {
                message = self.reader.next() => message.context("the log cannot be read any more")?,
                () = stop.cancelled() => return Ok(()),
            };
            ahead.passed(&message);
            self.hear(&message);
        }
    }

    fn hear(&self, message: &Message) {
        match message.topic {
            Topic::OrderEvents => hear_orders::hear(message, &self.hub, self.clock.now()),
            Topic::SlotEvents => hear_slots::hear(message, &self.hub),
            Topic::MenuEvents => hear_menu::hear(message, &self.hub),
            Topic::PizzaOrders | Topic::PizzaOrdersDlq => {}
        }
    }

    /// Tries until log and order book have answered; says meanwhile what is missing.
    async fn build(&self) -> Ahead {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        loop {
            match self.try_build().await {
                Ok(ahead) => return ahead,
                Err(error) => self.state.down(format!("{:#}", anyhow::Error::new(error))),
            }
            backoff.pause().await;
        }
    }

    async fn try_build(&self) -> Result<Ahead, NotYet> {
        let beginning = self.begin().await?;
        let base = self.orders.live_orders().await?;
        // asked for after the base state: nothing that is in it can lie beyond what will have been read
        let ends = self.reader.end_offsets(Topic::OrderEvents).await?;

        let mut live = Live::new(&beginning.offsets, beginning.since, self.history, bus::partition_for);
        let found = base.len();
        let unreadable = live.load(base);
        self.hub.begin(live);
        let ahead = Ahead::new(&beginning.offsets, ends);
        let events = ahead.count();
        tracing::info!(orders = found, unreadable, events, "the order book has {found} live orders");
        Ok(ahead)
    }

    async fn begin(&self) -> Result<Beginning, BusError> {
        let since = self.clock.now() - self.history.read_back();
        let offsets = self.reader.offsets(Topic::OrderEvents, From::Time(since)).await?;
        let orders =
            offsets.iter().map(|(partition, offset)| (Topic::OrderEvents, *partition, From::Offset(*offset)));
        let mut places: Vec<_> = orders.collect();
        for partition in self.reader.partitions(Topic::SlotEvents).await? {
            places.push((Topic::SlotEvents, partition, From::Time(since)));
        }
        for (partition, end) in self.reader.end_offsets(Topic::MenuEvents).await? {
            // only the newest revision matters
            places.push((Topic::MenuEvents, partition, From::Offset((end - 1).max(0))));
        }
        self.reader.follow(&places).await?;
        let mut followed = Followed::new();
        for (topic, ..) in places {
            *followed.entry(topic).or_default() += 1;
        }
        self.followed.send_replace(followed);
        Ok(Beginning { offsets, since })
    }
}

/// Says whether the log is followed: while the broker does not answer, or something that it has had for a while has
/// not come here, nobody is told that what he sees is the present.
///
/// Ends with an error, and the process with it, when a topic has got more partitions: nobody reads them, and
/// branches may have moved to them. The next start reads them all.
pub async fn watch_broker(
    reader: Arc<LogReader>,
    hub: Arc<Hub>,
    log: Check,
    followed: watch::Receiver<Followed>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut ends = Vec::new();
    loop {
        tokio::select! {
            listened = listen_for_life(&reader, &hub, &log, &followed, &mut ends) => listened?,
            () = stop.cancelled() => return Ok(()),
        }
        tokio::select! {
            () = tokio::time::sleep(BROKER_BEAT) => {}
            () = stop.cancelled() => return Ok(()),
        }
    }
}

/// `ends` are those of the log at the last beat, and then at this one.
async fn listen_for_life(
    reader: &LogReader,
    hub: &Hub,
    log: &Check,
    followed: &watch::Receiver<Followed>,
    ends: &mut Vec<(i32, i64)>,
) -> anyhow::Result<()> {
    let followed = followed.borrow().clone();
    match timeout(BROKER_ANSWERS_WITHIN, ends_now(reader, !followed.is_empty())).await {
        Ok(Ok(now)) => {
            let before = std::mem::replace(ends, now);
            match unread(&hub.heads(), &before) {
                0 => log.up(),
                events => log.down(format!("{events} events are in the log for {BROKER_BEAT:?} and unread")),
            }
        }
        Ok(Err(error)) => {
            log.down(format!("{:#}", anyhow::Error::new(error)));
            return Ok(());
        }
        Err(_) => {
            log.down(format!("the broker has not answered for {BROKER_ANSWERS_WITHIN:?}"));
            return Ok(());
        }
    }
    for (topic, read) in followed {
        // a broker that goes away just now says nothing about partitions; the next beat tells of it
        let Ok(there) = reader.partitions(topic).await else { return Ok(()) };
        all_are_read(topic, read, there.len())?;
    }
    Ok(())
}

/// The ends of `order-events`, once it is followed; before that, whether the broker answers at all.
async fn ends_now(reader: &LogReader, is_followed: bool) -> Result<Vec<(i32, i64)>, BusError> {
    reader.sign_of_life().await?;
    if is_followed { reader.end_offsets(Topic::OrderEvents).await } else { Ok(Vec::new()) }
}

/// Events before these ends that have not been applied.
fn unread(heads: &[Seq], ends: &[(i32, i64)]) -> i64 {
    let head_of = |partition| heads.iter().find(|head| head.partition == partition);
    ends.iter().filter_map(|(partition, end)| Some((end - 1 - head_of(*partition)?.offset).max(0))).sum()
}

fn all_are_read(topic: Topic, read: usize, there: usize) -> anyhow::Result<()> {
    let name = topic.name("");
    ensure!(read == there, "{name} has {there} partitions and {read} are read: all of it has to begin anew");
    Ok(())
}

/// What has to be read before the state is the present one: next and end offset per partition.
struct Ahead(BTreeMap<i32, (i64, i64)>);

impl Ahead {
    fn new(starts: &[(i32, i64)], ends: Vec<(i32, i64)>) -> Self {
        let starts: BTreeMap<i32, i64> = starts.iter().copied().collect();
        let next = |partition| starts.get(&partition).copied().unwrap_or_default();
        let all = ends.into_iter().map(|(partition, end)| (partition, (next(partition), end)));
        Self(all.filter(|(_, (next, end))| next < end).collect())
    }

    fn passed(&mut self, message: &Message) {
        if message.topic != Topic::OrderEvents {
            return;
        }
        if let Some((next, end)) = self.0.get_mut(&message.partition) {
            *next = message.offset + 1;
            if *next >= *end {
                self.0.remove(&message.partition);
            }
        }
    }

    fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    fn count(&self) -> i64 {
        self.0.values().map(|(next, end)| end - next).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_that_nobody_reads_is_a_reason_to_begin_anew() {
        assert!(all_are_read(Topic::OrderEvents, 6, 6).is_ok());

        let error = all_are_read(Topic::OrderEvents, 6, 7).unwrap_err();

        let said = "order-events has 7 partitions and 6 are read: all of it has to begin anew";
        assert_eq!(error.to_string(), said);
    }

    #[test]
    fn what_the_log_has_had_for_a_while_and_nobody_has_read_is_counted() {
        let heads = [Seq { partition: 0, offset: 9 }, Seq { partition: 1, offset: -1 }];

        assert_eq!(unread(&heads, &[]), 0);
        assert_eq!(unread(&heads, &[(0, 10), (1, 0)]), 0);
        assert_eq!(unread(&heads, &[(0, 3), (1, 2)]), 2);
        assert_eq!(unread(&heads, &[(0, 12), (1, 1), (7, 5)]), 3);
    }
}
