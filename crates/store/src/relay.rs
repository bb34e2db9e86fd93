//! Publishes the outbox in order. Of several instances one does, the others stand by.
//!
//! Read, publish, await every acknowledgement, call the service's hook, mark. A crash in between repeats the
//! batch: readers apply an event at most once.

use std::future::Future;
use std::time::Duration;

use bus::{OutRecord, Producer};
use chassis::clock::{Clock, SystemClock};
use chassis::{Backoff, Check, failpoint};
use chrono::TimeDelta;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio_util::sync::CancellationToken;

use crate::connection::connect;
use crate::error::StoreError;
use crate::lock::{Mode, try_lock};
use crate::outbox::{self, OutboxEvent, Waiting};
use crate::settings::StoreSettings;

const BATCH: i64 = 500;
/// The safety net under a lost notification, and the pause between tries for the lock.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Told events stay for a while, for whoever has to look into them.
const KEEP: TimeDelta = TimeDelta::days(1);
const PURGE_AT_ONCE: i64 = 1000;

/// Publishes until `stop`. After the broker has acknowledged a batch, `on_published` gets it, and is tried
/// again until it succeeds; only then the batch is marked. A hook that must not hold up the log answers `Ok`
/// and catches up by itself.
pub async fn run<F, Fut>(
    settings: StoreSettings,
    producer: Producer,
    on_published: F,
    health: Check,
    stop: CancellationToken,
) -> anyhow::Result<()>
where
    F: Fn(Vec<OutboxEvent>) -> Fut + Send + Sync,
    Fut: Future<Output = anyhow::Result<()>> + Send,
{
    let relay = Relay { settings, producer, on_published, health, stop };
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    while let Err(error) = relay.session(&mut backoff).await {
        // the lock went with the connection: begin anew, perhaps behind another instance
        relay.health.down(format!("the outbox cannot be read: {error}"));
        tracing::warn!(error = &error as &dyn std::error::Error, "the relay begins anew: {error}");
        if !relay.pause(&mut backoff).await {
            break;
        }
    }
    Ok(())
}

struct Relay<F> {
    settings: StoreSettings,
    producer: Producer,
    on_published: F,
    health: Check,
    stop: CancellationToken,
}

impl<F, Fut> Relay<F>
where
    F: Fn(Vec<OutboxEvent>) -> Fut + Send + Sync,
    Fut: Future<Output = anyhow::Result<()>> + Send,
{
    /// The life of one connection; `Ok` when the process ends.
    async fn session(&self, backoff: &mut Backoff) -> Result<(), StoreError> {
        let mut conn = connect(&self.settings).await?;
        if !self.take_the_lock(&mut conn).await? {
            return Ok(());
        }
        conn.batch_execute(&format!("LISTEN \"outbox_{}\"", self.settings.schema)).await?;
        tracing::info!(schema = self.settings.schema, "this instance publishes the outbox");
        let mut strangers = 0;
        loop {
            let waiting = outbox::unpublished(&mut conn, BATCH).await?;
            backoff.reset();
            if waiting.is_empty() {
                strangers = note_strangers(&mut conn, strangers).await?;
                self.idle(&mut conn).await?;
            } else {
                failpoint!("store::before_publish", StoreError::Pool("failpoint".into()));
                if let Some(seqs) = self.publish(waiting).await {
                    failpoint!("store::after_publish", StoreError::Pool("failpoint".into()));
                    outbox::mark(&mut conn, &seqs, SystemClock.now()).await?;
                    failpoint!("store::after_mark", StoreError::Pool("failpoint".into()));
                }
            }
            if self.stop.is_cancelled() {
                return Ok(());
            }
        }
    }

    /// Waits behind the instance that publishes; `false` when the process ends first.
    async fn take_the_lock(&self, conn: &mut AsyncPgConnection) -> Result<bool, StoreError> {
        let name = format!("{}:relay", self.settings.schema);
        while !try_lock(conn, &name, Mode::Exclusive).await? {
            self.health.up();
            tokio::select! {
                () = self.stop.cancelled() => return Ok(false),
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        Ok(true)
    }

    async fn idle(&self, conn: &mut AsyncPgConnection) -> Result<(), StoreError> {
        self.health.up();
        metrics::gauge!("outbox_oldest_seconds").set(0.0);
        if outbox::purge(conn, SystemClock.now() - KEEP, PURGE_AT_ONCE).await? > 0 {
            return Ok(());
        }
        let mut notifications = std::pin::pin!(conn.notifications_stream());
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = notifications.next() => {}
        }
        // one look serves all who have called meanwhile
        while let Some(Some(_)) = notifications.next().now_or_never() {}
        Ok(())
    }

    /// Publishes a batch, however long that takes; `None` when the process ends first.
    async fn publish(&self, waiting: Vec<Waiting>) -> Option<Vec<i64>> {
        let (seqs, events): (Vec<i64>, Vec<OutboxEvent>) =
            waiting.into_iter().map(|waiting| (waiting.seq, waiting.event)).unzip();
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            measure(&events);
            match self.producer.send_all(events.iter().map(record).collect()).await {
                Ok(()) => break,
                Err(error) => self.report("the log does not take the outbox", &error.into()),
            }
            if !self.pause(&mut backoff).await {
                return None;
            }
        }
        metrics::counter!("outbox_published_total").increment(events.len() as u64);
        backoff.reset();
        while let Err(error) = (self.on_published)(events.clone()).await {
            measure(&events);
            self.report("published events are not followed up", &error);
            if !self.pause(&mut backoff).await {
                return None;
            }
        }
        self.health.up();
        Some(seqs)
    }

    fn report(&self, what: &str, error: &anyhow::Error) {
        self.health.down(format!("{what}: {error:#}"));
        tracing::warn!(error = format!("{error:#}"), "{what}: {error:#}");
    }

    /// `false` when the process ends first.
    async fn pause(&self, backoff: &mut Backoff) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            () = backoff.pause() => true,
        }
    }
}

/// Says that events stay behind because nobody here knows their topic; `before` were said already.
async fn note_strangers(conn: &mut AsyncPgConnection, before: i64) -> Result<i64, StoreError> {
    let (count, topic) = outbox::strangers(conn).await?.unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    metrics::gauge!("outbox_strangers").set(count as f64);
    if count > before {
        tracing::error!(
            rows = count,
            topic,
            "{count} events stay in the outbox: there is no topic {topic:?}"
        );
    }
    Ok(count)
}

fn record(event: &OutboxEvent) -> OutRecord {
    OutRecord {
        topic: event.topic,
        key: event.key.clone(),
        payload: event.payload.clone(),
        event_id: event.event_id,
        message: event.topic.message(),
        trace: event.trace,
        extra_headers: Vec::new(),
    }
}

fn measure(events: &[OutboxEvent]) {
    if let Some(oldest) = events.first() {
        let age = (SystemClock.now() - oldest.created_at).to_std().unwrap_or_default();
        metrics::gauge!("outbox_oldest_seconds").set(age.as_secs_f64());
    }
}
