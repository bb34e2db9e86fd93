//! Read, finish, then mark as done.
//!
//! Takes what is there, up to a batch; works on it in a task of its own; marks what is done, which librdkafka
//! commits every five seconds and at the end. A batch that is handled and waits for its rest lets the next one in;
//! they are finished and marked in their order. While a store is down the batch is tried again and again, the
//! partitions are paused, and the group is polled on, so that an outage of hours neither skips a record nor
//! costs the membership; it is tried in halves too, because it may be too much at once for a store that is there.
//! What is refused is split until the culprit is alone, and goes to the dead letters.

mod membership;
mod pulse;
mod settle;

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chassis::{Check, failpoint};
use contracts::topics::Topic;
use domain::error::ServiceError;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use self::membership::Membership;
use self::pulse::Pulse;
use self::settle::Settler;
use crate::dead_letters::DeadLetters;
use crate::error::BusError;
use crate::message::Message;
use crate::settings::BusSettings;

/// What a service does with records. Everything it does must be harmless when done again.
pub trait BatchHandler: Send + Sync + 'static {
    /// Its kind says whether another try may help.
    type Error: ServiceError;
    /// What of a batch may be done beside the next one; `()` when nothing.
    type Rest: Send;

    /// Works on records of several partitions; those of one partition are in order. All or nothing: after an
    /// error the whole batch, or a part of it, comes again.
    fn handle(&self, batch: &[Message]) -> impl Future<Output = Result<Self::Rest, Self::Error>> + Send;

    /// Does the rest, one batch after the other. After an error the batch comes again, to be handled first; the
    /// next one may have been handled and finished meanwhile.
    fn finish(&self, _: &[Message], _: Self::Rest) -> impl Future<Output = Result<(), Self::Error>> + Send {
        async { Ok(()) }
    }
}

/// A consumer group and how it reads.
#[derive(Clone, Debug)]
pub struct Group {
    /// The group's name, without the deployment's prefix.
    pub group: &'static str,
    /// What it reads, from the earliest record on when it is new.
    pub topics: &'static [Topic],
    /// Most records in one batch.
    pub batch_max: usize,
    /// Most bytes in one batch.
    pub batch_bytes: usize,
    /// How long a batch may take before the partitions are paused and the group is polled beside it.
    pub patience: Duration,
    /// How long the broker may gather records before it hands them out: what may wait comes in larger batches, and
    /// costs everybody less.
    pub gather: Duration,
}

impl Group {
    /// A group with the usual limits.
    pub const fn new(group: &'static str, topics: &'static [Topic]) -> Self {
        Self {
            group,
            topics,
            batch_max: 500,
            batch_bytes: 8 << 20,
            patience: Duration::from_secs(5),
            gather: Duration::ZERO,
        }
    }
}

/// Batches underway at once: one is handled while the one before it is finished.
const UNDERWAY: usize = 2;
/// How long nothing comes until a reader counts as caught up.
const QUIET: Duration = Duration::from_secs(2);

/// Reads as a member of the group until `stop`, then commits and leaves. Ends early only when the broker
/// says that this member can never go on.
pub async fn consume<H: BatchHandler>(
    settings: &BusSettings,
    group: Group,
    handler: H,
    dead: DeadLetters,
    health: Check,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let membership = Membership::join(settings, &group)
        .with_context(|| format!("joining the consumer group {}", group.group))?;
    let pulse = Arc::new(Pulse::new(group.group, health));
    let probing = tokio::spawn(Arc::clone(&pulse).probe(membership.prober(), stop.child_token()));
    let settler = Settler::new(Arc::new(handler), dead, Arc::clone(&pulse), stop.clone());

    let outcome = read_and_settle(&membership, &group, &settler, &stop).await;

    probing.abort();
    membership.leave().await;
    outcome.with_context(|| format!("reading as {}", group.group))
}

async fn read_and_settle<H: BatchHandler>(
    membership: &Membership,
    group: &Group,
    settler: &Settler<H>,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let mut batches: VecDeque<Arc<[Message]>> = VecDeque::with_capacity(UNDERWAY);
    let mut underway = FuturesOrdered::new();
    // of the youngest batch, until it lets the next one in
    let mut handled = None;
    // what is not done is read again, with everything behind it
    let mut unbroken = true;
    loop {
        let has_room = batches.len() < UNDERWAY && !stop.is_cancelled();
        let done = tokio::select! {
            () = stop.cancelled(), if batches.is_empty() => return Ok(()),
            Some(done) = underway.next() => done,
            first = next_record(membership, &mut handled), if has_room => {
                let batch: Arc<[Message]> = membership.drain(first?, group).into();
                let lets_in = handled.insert(Arc::new(Notify::new()));
                underway.push_back(settler.settle(Arc::clone(&batch), Arc::clone(lets_in)));
                batches.push_back(batch);
                continue;
            }
            () = tokio::time::sleep(QUIET), if batches.is_empty() => {
                // nobody is behind who has nothing to read
                settler.pulse.caught_up(group.topics);
                continue;
            }
            () = tokio::time::sleep(group.patience), if !batches.is_empty() => {
                let waiting = || settler.pulse.waiting(batches.front().map(AsRef::as_ref).unwrap_or_default());
                settled_while_polling(membership, &mut underway, waiting).await?
            }
        };
        let Some(batch) = batches.pop_front().filter(|_| unbroken) else { continue };
        failpoint!("bus::before_mark", anyhow::anyhow!("failpoint"));
        membership.mark_done(batch.get(..done).unwrap_or_default())?;
        failpoint!("bus::after_mark", anyhow::anyhow!("failpoint"));
        settler.pulse.processed(&batch, done);
        unbroken = done == batch.len();
    }
}

/// The first record of the next batch, once the youngest batch lets it in. May be interrupted.
async fn next_record(
    membership: &Membership,
    youngest: &mut Option<Arc<Notify>>,
) -> Result<Message, BusError> {
    if let Some(handled) = youngest {
        handled.notified().await;
        *youngest = None;
    }
    membership.next().await
}

/// Waits for a batch that takes long, and keeps the membership alive beside it.
async fn settled_while_polling(
    membership: &Membership,
    underway: &mut FuturesOrdered<impl Future<Output = usize>>,
    waiting: impl Fn(),
) -> anyhow::Result<usize> {
    membership.pause();
    let done = loop {
        tokio::select! {
            Some(done) = underway.next() => break done,
            polled = membership.poll_paused() => polled?,
        }
        waiting();
    };
    membership.resume();
    Ok(done)
}
