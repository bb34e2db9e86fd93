//! What the use cases need of others.

use std::future::Future;

use chrono::{DateTime, Utc};
use domain::{ErrorKind, ServiceError};
use store::outbox::OutboxEvent;
use uuid::Uuid;

use super::listing::SlotView;
use crate::storage::Branch;
use crate::storage::positions::Positions;

/// Where the log ends: what is written at this moment has a lower offset.
pub trait LogEnds: Send + Sync + 'static {
    /// The end of every partition that this service follows, as it is after the call began.
    fn ends(&self) -> impl Future<Output = Result<Positions, LogSilent>> + Send;
}

/// The log does not say where it ends.
#[derive(Debug, thiserror::Error)]
#[error("the log does not say where it ends")]
pub struct LogSilent(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl ServiceError for LogSilent {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }

    fn reason(&self) -> &'static str {
        "ORDER_LOG_DOWN"
    }
}

/// A change that others follow.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// Which event it is.
    pub event_id: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: &'a str,
    /// What changed.
    pub change: Change<'a>,
}

/// What changed.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// A slot's own settings.
    Slot(&'a SlotView),
    /// The slot settings of a branch.
    Config(&'a Branch),
    /// A branch.
    Branch(&'a Branch),
}

/// Turns a change into the record that tells of it.
pub type Tell = fn(&Told<'_>) -> OutboxEvent;
