//! Read, finish, then mark as done.
//!
//! Takes what is there, up to a batch; works on it in a task of its own; marks what is done, which librdkafka
//! commits every five seconds and at the end. While a store is down the batch is tried again and again, the
//! partitions are paused, and the group is polled on, so that an outage of hours neither skips a record nor
//! costs the membership. What is refused is split until the culprit is alone, and goes to the dead letters.

mod membership;
mod pulse;
mod settle;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chassis::{Check, failpoint};
use contracts::topics::Topic;
use domain::error::ServiceError;
use tokio_util::sync::CancellationToken;

use self::membership::Membership;
use self::pulse::Pulse;
use self::settle::Settler;
use crate::dead_letters::DeadLetters;
use crate::message::Message;
use crate::settings::BusSettings;

/// What a service does with records. Everything it does must be harmless when done again.
pub trait BatchHandler: Send + Sync + 'static {
    /// Its kind says whether another try may help.
    type Error: ServiceError;

    /// Works on records of several partitions; those of one partition are in order. All or nothing: after an
    /// error the whole batch, or a part of it, comes again.
    fn handle(&self, batch: &[Message]) -> impl Future<Output = Result<(), Self::Error>> + Send;
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
    /// How long a member may be silent before its partitions go to the others.
    pub session_timeout: Duration,
    /// How long a batch may take before the partitions are paused and the group is polled beside it.
    pub patience: Duration,
}

impl Group {
    /// A group with the usual limits.
    pub const fn new(group: &'static str, topics: &'static [Topic]) -> Self {
        Self {
            group,
            topics,
            batch_max: 500,
            batch_bytes: 8 << 20,
            session_timeout: Duration::from_secs(10),
            patience: Duration::from_secs(5),
        }
    }
}

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
    loop {
        let first = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            first = membership.next() => first?,
            () = tokio::time::sleep(QUIET) => {
                // nobody is behind who has nothing to read
                settler.pulse.caught_up(group.topics);
                continue;
            }
        };
        let batch: Arc<[Message]> = membership.drain(first, group).into();
        let done = settle_while_polling(membership, group, settler, &batch).await?;
        failpoint!("bus::before_mark", anyhow::anyhow!("failpoint"));
        membership.mark_done(batch.get(..done).unwrap_or_default())?;
        failpoint!("bus::after_mark", anyhow::anyhow!("failpoint"));
        settler.pulse.processed(&batch, done);
    }
}

/// Works on the batch; if that takes long, keeps the membership alive beside it.
async fn settle_while_polling<H: BatchHandler>(
    membership: &Membership,
    group: &Group,
    settler: &Settler<H>,
    batch: &Arc<[Message]>,
) -> anyhow::Result<usize> {
    let work = settler.settle(Arc::clone(batch));
    tokio::pin!(work);
    if let Ok(done) = tokio::time::timeout(group.patience, &mut work).await {
        return Ok(done);
    }
    membership.pause();
    let done = loop {
        tokio::select! {
            done = &mut work => break done,
            polled = membership.poll_paused() => polled?,
        }
        settler.pulse.waiting(batch);
    };
    membership.resume();
    Ok(done)
}
