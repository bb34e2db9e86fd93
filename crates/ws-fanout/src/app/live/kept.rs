//! One event as history keeps it, and what it means to whom.

use bytes::Bytes;
use domain::ids::BranchId;

use crate::app::heard::{Heard, Unreadable};
use crate::app::seq::Seq;
use crate::app::view::{Facts, Stream, View};

/// How a frame names what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// The client meets the order for the first time.
    Created,
    /// The order has changed.
    Changed,
}

/// What an event means, decided once when the log is read.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Where the event stands.
    pub seq: Seq,
    /// When the log took it.
    pub logged_at: chrono::DateTime<chrono::Utc>,
    /// Trace id of the request that caused it.
    pub trace: Option<String>,
    /// Whose order it is.
    pub branch: BranchId,
    /// How dashboards are told.
    pub dashboards: Telling,
    /// How tablets are told; not at all while the order is hidden from them.
    pub tablets: Option<Telling>,
    /// What decided who saw the order before.
    pub before: Option<Facts>,
    /// What decides who sees it now.
    pub after: Facts,
    /// The state that the service started from already had it: a snapshot holds it.
    pub in_base: bool,
    /// The record itself.
    pub payload: Bytes,
}

impl Kept {
    /// How a client with this view is told; `None` when it must not learn of it.
    pub fn telling(&self, view: &View) -> Option<Telling> {
        let telling = match view.stream {
            Stream::Tablet => self.tablets?,
            Stream::Dashboard => self.dashboards,
        };
        let saw = self.before.as_ref().is_some_and(|before| view.covers(before));
        (saw || view.covers(&self.after)).then_some(telling)
    }

    /// Reads the event again.
    pub fn reread(&self) -> Result<Heard, Unreadable> {
        Heard::read(self.seq, self.logged_at, self.trace.clone(), self.payload.clone())
    }
}
