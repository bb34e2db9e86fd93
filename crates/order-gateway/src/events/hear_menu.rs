//! The menu: a snapshot to begin with, then every new revision from the log; menu is asked from time to time in
//! case one was missed.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bus::{BusSettings, From, LogReader};
use cache::Cache;
use chassis::Backoff;
use contracts::events::v1::MenuEvent;
use contracts::menu::v1::MenuSnapshot;
use contracts::menu_snapshot::to_domain;
use contracts::topics::Topic;
use prost::Message as _;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::app::CurrentMenu;
use crate::app::ports::Snapshots;

const ASK_EVERY: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// Where menu leaves its newest snapshot.
const WARM_START: &str = "menu:full";

/// Asks menu for a snapshot until it has answered with one, then every half a minute, and whenever `missed` says
/// that a revision may have been told while nobody listened.
pub async fn ask(
    menu: Arc<CurrentMenu>,
    snapshots: Arc<dyn Snapshots>,
    cache: Cache,
    missed: Arc<Notify>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    loop {
        let answer = snapshots.newer_than(menu.revision()).await;
        let has_answered = answer.is_ok();
        match answer {
            Ok(Some(snapshot)) => take(&menu, &snapshot, "menu"),
            Ok(None) => {}
            Err(error) => {
                tracing::debug!(error = %error, "menu does not answer");
                if menu.get().is_none() {
                    warm_start(&menu, &cache).await;
                }
            }
        }
        let pause = if has_answered && menu.get().is_some() {
            backoff.reset();
            ASK_EVERY
        } else {
            backoff.next_pause()
        };
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = missed.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Follows the log of revisions until `stop`, through every loss of the broker.
pub async fn follow(
    menu: Arc<CurrentMenu>,
    bus: BusSettings,
    missed: Arc<Notify>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            ended = read(&menu, &bus, &missed, &mut backoff) => {
                if let Err(error) = ended {
                    tracing::warn!(error = format!("{error:#}"), "menu-events cannot be followed: {error:#}");
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = backoff.pause() => {}
        }
    }
}

async fn read(
    menu: &CurrentMenu,
    bus: &BusSettings,
    missed: &Notify,
    backoff: &mut Backoff,
) -> anyhow::Result<()> {
    let reader = LogReader::new(bus, &[Topic::MenuEvents]).context("opening the reader")?;
    reader.follow_all(From::End).await.context("finding the end of menu-events")?;
    backoff.reset();
    // what was told before this moment is behind the end
    missed.notify_one();
    loop {
        let message = reader.next().await.context("reading menu-events")?;
        match MenuEvent::decode(message.payload) {
            Ok(MenuEvent { snapshot: Some(snapshot), .. }) => take(menu, &snapshot, "menu-events"),
            Ok(MenuEvent { snapshot: None, .. }) => tracing::warn!("a menu event without a snapshot"),
            Err(error) => tracing::warn!(%error, "a menu event that cannot be read: {error}"),
        }
    }
}

/// menu may be away when a gateway starts; the last revision it has published will do.
async fn warm_start(menu: &CurrentMenu, cache: &Cache) {
    match cache.get_json::<MenuSnapshot>(WARM_START).await {
        Ok(Some(snapshot)) => take(menu, &snapshot, "Redis"),
        Ok(None) => {}
        Err(error) => tracing::debug!(error = %error, "no warm start"),
    }
}

/// A snapshot that is no menu is left where it is: the one in force stays.
fn take(menu: &CurrentMenu, snapshot: &MenuSnapshot, from: &'static str) {
    if u64::try_from(snapshot.revision).is_ok_and(|revision| revision <= menu.revision()) {
        return;
    }
    match to_domain(snapshot) {
        Ok(read) => drop(menu.offer(read)),
        Err(error) => {
            metrics::counter!("menu_snapshots_refused_total", "from" => from).increment(1);
            tracing::error!(from, menu.revision = snapshot.revision, %error, "a snapshot is no menu: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use arc_swap::ArcSwapOption;
    use chassis::Health;
    use edge::client::CallFailed;
    use futures_util::FutureExt as _;
    use futures_util::future::BoxFuture;

    use super::*;

    /// A menu service whose revision is what the test says.
    struct Book(AtomicI64);

    impl Snapshots for Book {
        fn newer_than(&self, known: u64) -> BoxFuture<'_, Result<Option<MenuSnapshot>, CallFailed>> {
            let revision = self.0.load(Ordering::SeqCst);
            let is_newer = u64::try_from(revision).is_ok_and(|revision| revision > known);
            let snapshot = is_newer.then(|| MenuSnapshot { revision, ..MenuSnapshot::default() });
            std::future::ready(Ok(snapshot)).boxed()
        }
    }

    async fn becomes(menu: &CurrentMenu, revision: u64) {
        let seen = async {
            while menu.revision() != revision {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), seen).await.unwrap();
    }

    #[tokio::test]
    async fn a_revision_that_was_told_while_nobody_listened_is_asked_for_at_once() {
        let health = Health::new();
        let menu = Arc::new(CurrentMenu::new(ArcSwapOption::empty(), health.check("menu")));
        let (book, missed) = (Arc::new(Book(AtomicI64::new(1))), Arc::new(Notify::new()));
        let cache = Cache::open("redis://127.0.0.1:1").unwrap();
        let (snapshots, stop) = (Arc::clone(&book), CancellationToken::new());
        let asking =
            tokio::spawn(ask(Arc::clone(&menu), snapshots, cache, Arc::clone(&missed), stop.clone()));
        becomes(&menu, 1).await;

        book.0.store(2, Ordering::SeqCst);
        missed.notify_one();

        becomes(&menu, 2).await;
        stop.cancel();
        asking.await.unwrap().unwrap();
    }
}
