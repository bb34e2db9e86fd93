//! The snapshot in force: one immutable value, replaced as a whole and upwards only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use chrono::{DateTime, Utc};
use contracts::menu::v1::{MenuSnapshot, MenuView};
use contracts::menu_snapshot::{SnapshotFault, to_domain};
use domain::channel::Channel;
use domain::ids::BranchId;
use domain::menu::Menu;
use tokio::sync::watch;

use super::view;

/// Holds the snapshot in force, and tells when another takes its place.
pub struct Live {
    served: ArcSwapOption<Served>,
    revision: watch::Sender<i64>,
}

/// One snapshot, as message and as menu, and what was made of it.
pub struct Served {
    snapshot: MenuSnapshot,
    menu: Menu,
    views: Mutex<HashMap<(BranchId, Channel), Arc<View>>>,
}

/// The menu of one branch for one channel.
pub struct View {
    /// As clients get it.
    pub menu: MenuView,
    /// By which clients know it again: no other menu of the branch and channel has it.
    pub etag: String,
    /// Time alone changes nothing in it before this.
    until: DateTime<Utc>,
}

impl Default for Live {
    fn default() -> Self {
        Self { served: ArcSwapOption::empty(), revision: watch::Sender::new(0) }
    }
}

impl Live {
    /// The snapshot in force, if there is one.
    pub fn served(&self) -> Option<Arc<Served>> {
        self.served.load_full()
    }

    /// The revision in force; 0 without one.
    pub fn revision(&self) -> i64 {
        *self.revision.borrow()
    }

    /// Takes a snapshot over unless the one in force is as new.
    pub fn take(&self, served: Served) {
        let (revision, served) = (served.snapshot.revision, Arc::new(served));
        self.revision.send_if_modified(|present| {
            let is_newer = *present < revision;
            if is_newer {
                *present = revision;
                self.served.store(Some(served));
                metrics::gauge!("menu_revision").set(precise(revision));
            }
            is_newer
        });
    }

    /// Hears of every revision that is taken over.
    pub fn revisions(&self) -> watch::Receiver<i64> {
        self.revision.subscribe()
    }
}

impl Served {
    /// Checks a snapshot and indexes it.
    pub fn new(snapshot: MenuSnapshot) -> Result<Self, SnapshotFault> {
        let menu = to_domain(&snapshot)?;
        Ok(Self { snapshot, menu, views: Mutex::default() })
    }

    /// The snapshot as it travels.
    pub const fn snapshot(&self) -> &MenuSnapshot {
        &self.snapshot
    }

    /// The menu behind it.
    pub const fn menu(&self) -> &Menu {
        &self.menu
    }

    /// The menu of a branch as it is at `at`; made once and kept until time changes it. A clock that is behind the
    /// one of whoever built the snapshot does not undo what has happened by then.
    pub fn view(&self, branch: BranchId, channel: Channel, at: DateTime<Utc>) -> Arc<View> {
        let kept = self.views.lock().unwrap_or_else(PoisonError::into_inner).get(&(branch, channel)).cloned();
        if let Some(view) = kept.filter(|view| at < view.until) {
            return view;
        }
        let at = at.max(self.built_at());
        let until = self.next_edge(at).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let (menu, etag) = (view::build(&self.menu, branch, channel, at), self.etag(branch, at));
        let view = Arc::new(View { menu, etag, until });
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        views.insert((branch, channel), Arc::clone(&view));
        view
    }

    /// When the snapshot was built.
    pub fn built_at(&self) -> DateTime<Utc> {
        let built_at = self.snapshot.built_at.and_then(|built_at| DateTime::<Utc>::try_from(built_at).ok());
        built_at.unwrap_or_default()
    }

    /// When time alone changes the menu next: a price begins, or a stop ends.
    pub fn next_edge(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.edges().filter(|edge| *edge > after).min()
    }

    /// The revision, and what time alone has made of it since: the rebuild that makes a revision of that is yet to
    /// come, and may fail for as long as the database is away.
    fn etag(&self, branch: BranchId, at: DateTime<Utc>) -> String {
        let revision = self.snapshot.revision;
        match self.edges().filter(|edge| *edge > self.built_at() && *edge <= at).max() {
            Some(edge) => format!("\"{revision}.{}-{branch}\"", edge.timestamp_micros()),
            None => format!("\"{revision}-{branch}\""),
        }
    }

    fn edges(&self) -> impl Iterator<Item = DateTime<Utc>> {
        let parts = self.menu.parts();
        let begins = parts.prices.iter().map(|price| price.valid_from);
        begins.chain(parts.stops.iter().filter_map(|stop| stop.until))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a revision stays far below 2^52")]
const fn precise(revision: i64) -> f64 {
    revision as f64
}
