//! What can go wrong.

use std::time::Duration;

use domain::{ErrorKind, Refused, ServiceError, Violation};
use edge::client::CallFailed;
use edge::identity::Denied;

use super::ports::NotCommitted;

/// Why an order was not placed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The request is wrong, or the menu does not have it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The caller may not place orders for customers here.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No menu has been heard yet.
    #[error("the menu is not loaded yet")]
    MenuNotLoaded,
    /// Too many orders are being placed at once.
    #[error("too many orders at the moment")]
    Overloaded,
    /// The slot service said no.
    #[error(transparent)]
    NoSlot(CallFailed),
    /// The slot service does not answer.
    #[error("the slot service does not answer")]
    SlotsDown(#[source] CallFailed),
    /// The log has not got the order, or has not said so.
    #[error("the order log does not answer; repeat with the same key")]
    LogDown(#[source] NotCommitted),
    /// What the slot service keeps of the first call is no order.
    #[error("the record of the first call cannot be read")]
    FirstRecordUnreadable(#[source] prost::DecodeError),
    /// The slot service gave a slot that was not asked for.
    #[error("the slot service knows of a first call without its record")]
    FirstRecordMissing,
    /// The work on the order ended without a word, and may have written it to the log before.
    #[error("nobody knows what became of the order; repeat with the same key")]
    Interrupted,
}

/// Why an order cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The request is wrong.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Too many orders are being watched at once.
    #[error("too many watched orders at the moment")]
    Overloaded,
    /// This one order is watched enough.
    #[error("the order has as many watchers as it may have")]
    TooManyWatchers,
    /// The order has been watched for as long as a watch may last.
    #[error("this watch has lasted long enough, watch again")]
    WatchOver,
    /// The order book said no, or does not answer.
    #[error(transparent)]
    Orders(#[from] CallFailed),
}

impl From<CallFailed> for PlaceError {
    fn from(failed: CallFailed) -> Self {
        if failed.is_answer() { Self::NoSlot(failed) } else { Self::SlotsDown(failed) }
    }
}

impl ServiceError for PlaceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refused) => refused.kind(),
            Self::Denied(denied) => denied.kind(),
            Self::NoSlot(failed) => failed.kind(),
            Self::Overloaded => ErrorKind::ResourceExhausted,
            Self::MenuNotLoaded | Self::SlotsDown(_) | Self::LogDown(_) | Self::Interrupted => {
                ErrorKind::Unavailable
            }
            Self::FirstRecordUnreadable(_) | Self::FirstRecordMissing => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Refused(refused) => refused.reason(),
            Self::Denied(denied) => denied.reason(),
            Self::NoSlot(failed) => failed.reason(),
            Self::Overloaded => "OVERLOADED",
            Self::MenuNotLoaded => "MENU_NOT_LOADED",
            Self::SlotsDown(_) => "SLOTS_DOWN",
            Self::LogDown(_) => "ORDER_LOG_DOWN",
            Self::Interrupted => "ORDER_IN_DOUBT",
            Self::FirstRecordUnreadable(_) | Self::FirstRecordMissing => "INTERNAL",
        }
    }

    fn violations(&self) -> Vec<Violation> {
        match self {
            Self::Refused(refused) => refused.violations(),
            Self::NoSlot(failed) => failed.violations(),
            _ => Vec::new(),
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NoSlot(failed) => failed.metadata(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NoSlot(failed) => failed.retry_after(),
            Self::Overloaded => Some(Duration::from_secs(1)),
            _ => (self.kind() == ErrorKind::Unavailable).then_some(Duration::from_secs(1)),
        }
    }
}

impl ServiceError for OrderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refused) => refused.kind(),
            Self::Overloaded | Self::TooManyWatchers => ErrorKind::ResourceExhausted,
            Self::WatchOver => ErrorKind::Unavailable,
            Self::Orders(failed) => failed.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Refused(refused) => refused.reason(),
            Self::Overloaded => "OVERLOADED",
            Self::TooManyWatchers => "TOO_MANY_WATCHERS",
            Self::WatchOver => "WATCH_OVER",
            Self::Orders(failed) => failed.reason(),
        }
    }

    fn violations(&self) -> Vec<Violation> {
        match self {
            Self::Refused(refused) => refused.violations(),
            Self::Overloaded | Self::TooManyWatchers | Self::WatchOver => Vec::new(),
            Self::Orders(failed) => failed.violations(),
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Orders(failed) => failed.metadata(),
            Self::Refused(_) | Self::Overloaded | Self::TooManyWatchers | Self::WatchOver => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Orders(failed) => failed.retry_after(),
            Self::Overloaded | Self::TooManyWatchers | Self::WatchOver => Some(Duration::from_secs(1)),
            Self::Refused(_) => None,
        }
    }
}
