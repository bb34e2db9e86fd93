//! Present state beside orders: slots that changed lately, and the menu's revision.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::BranchId;

use super::frame;
use super::framed::Framed;
use super::sight::Sight;

/// Frames without a position: each carries whole state, so the newest of a kind is enough.
#[derive(Debug)]
pub struct Board {
    slots: HashMap<BranchId, BTreeMap<String, Posted>>,
    menu: Option<(i64, Framed)>,
    kept_for: TimeDelta,
}

#[derive(Debug)]
struct Posted {
    text: Framed,
    at: DateTime<Utc>,
}

impl Board {
    /// An empty board whose slots are forgotten when their last change is older than `kept_for`.
    pub fn new(kept_for: TimeDelta) -> Self {
        Self { slots: HashMap::new(), menu: None, kept_for }
    }

    /// Posts a branch's slot, or its settings, under a key of its own.
    pub fn post_slot(&mut self, branch: BranchId, key: String, text: Framed, at: DateTime<Utc>) {
        let oldest = at - self.kept_for;
        let posted = self.slots.entry(branch).or_default();
        posted.retain(|_, old| old.at >= oldest);
        posted.insert(key, Posted { text, at });
    }

    /// Posts a revision of the menu: its frame, unless a newer one hangs there already.
    pub fn post_menu(&mut self, revision: i64, at: DateTime<Utc>) -> Option<Framed> {
        if self.menu.as_ref().is_some_and(|(known, _)| *known >= revision) {
            return None;
        }
        let text = frame::menu(revision, at);
        self.menu = Some((revision, text.clone()));
        Some(text)
    }

    /// Everything that a client with this sight should know.
    pub fn read(&self, sight: &Sight) -> Vec<Framed> {
        let seen = self.slots.iter().filter(|(branch, _)| sight.view(**branch).is_some());
        let slots = seen.flat_map(|(_, posted)| posted.values().map(|posted| posted.text.clone()));
        slots.chain(self.menu.iter().map(|(_, text)| text.clone())).collect()
    }
}
