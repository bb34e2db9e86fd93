//! Everything that can go wrong with slots, in the words of the domain.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::calendar::{BusinessDate, CalendarError};
use domain::slots::{NotASlotId, PreferredTimeTooFar};
use domain::{ErrorKind, Refused, ServiceError, Violation};
use store::{QueryError, StoreError};

use super::ports::LogSilent;
use crate::storage::redis::SlotStoreError;

/// Why a use case ended without its result.
#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    /// Orders go to active branches only.
    #[error("the branch is unknown or takes no orders")]
    BranchUnknown,
    /// No branch of that id.
    #[error("there is no such branch")]
    BranchNotFound,
    /// Nothing to book at all.
    #[error("the branch does not open within its horizon")]
    BranchClosed,
    /// No slot takes the order.
    #[error("no slot has room for the order")]
    SlotsFull {
        /// The next start with room, if only the longest shift stood in the way.
        next_with_room: Option<DateTime<Utc>>,
    },
    /// The slot of a quote is gone.
    #[error("the slot does not take the order any more")]
    SlotChanged,
    /// Not in the calendar, and no order inside.
    #[error("there is no such slot")]
    SlotNotFound,
    /// A slot that has ended does not change any more.
    #[error("the slot has ended")]
    SlotPast,
    /// A new slot length would cut through reservations, or come before an announced zone or cut-off.
    #[error("a new slot length can begin on {first_free} at the earliest")]
    GridInUse {
        /// From this date on nothing is reserved, and nothing else is announced.
        first_free: BusinessDate,
    },
    /// The key belongs to another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The store has lost its memory.
    #[error("slots are being rebuilt")]
    Rebuilding,
    /// The process has just started; a branch that is not known yet is no unknown branch.
    #[error("the branches are not loaded yet")]
    NotLoaded,
    /// Somebody was faster.
    #[error("the version is {current} by now")]
    VersionConflict {
        /// The true version.
        current: i64,
    },
    /// Another branch has the name.
    #[error("another branch has that name")]
    NameTaken,
    /// Another branch has the code.
    #[error("another branch has that code")]
    CodeTaken,
    /// There is always one default branch, and it is active.
    #[error("the default branch stays active and default until another one is")]
    BranchIsDefault,
    /// The branch has orders to cook.
    #[error("the branch has {orders} live orders")]
    BranchInUse {
        /// How many.
        orders: usize,
    },
    /// Dates of orders would change.
    #[error("zone and cut-off change only while no order of a later date exists")]
    BranchHasFutureOrders,
    /// The request is wrong in itself.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The text names no slot.
    #[error(transparent)]
    SlotId(#[from] NotASlotId),
    /// The time is beyond the horizon.
    #[error(transparent)]
    TooFar(#[from] PreferredTimeTooFar),
    /// The calendar cannot be.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// PostgreSQL.
    #[error("the database cannot be used")]
    Store(#[from] StoreError),
    /// Redis.
    #[error(transparent)]
    SlotStore(#[from] SlotStoreError),
    /// Kafka.
    #[error(transparent)]
    Log(#[from] LogSilent),
}

impl From<QueryError> for SlotError {
    fn from(error: QueryError) -> Self {
        Self::Store(error.into())
    }
}

impl ServiceError for SlotError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::BranchUnknown => ErrorKind::InvalidArgument,
            Self::BranchNotFound | Self::SlotNotFound => ErrorKind::NotFound,
            Self::SlotsFull { .. } => ErrorKind::ResourceExhausted,
            Self::BranchClosed
            | Self::SlotChanged
            | Self::SlotPast
            | Self::GridInUse { .. }
            | Self::BranchIsDefault
            | Self::BranchInUse { .. }
            | Self::BranchHasFutureOrders => ErrorKind::FailedPrecondition,
            Self::KeyReused | Self::NameTaken | Self::CodeTaken => ErrorKind::AlreadyExists,
            Self::Rebuilding | Self::NotLoaded => ErrorKind::Unavailable,
            Self::VersionConflict { .. } => ErrorKind::Aborted,
            Self::Refused(error) => error.kind(),
            Self::SlotId(error) => error.kind(),
            Self::TooFar(error) => error.kind(),
            Self::Calendar(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::SlotStore(error) => error.kind(),
            Self::Log(error) => error.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::BranchUnknown => "BRANCH_UNKNOWN",
            Self::BranchNotFound => "NOT_FOUND",
            Self::BranchClosed => "BRANCH_CLOSED",
            Self::SlotsFull { .. } => "SLOTS_FULL",
            Self::SlotChanged => "SLOT_CHANGED",
            Self::SlotNotFound => "SLOT_NOT_FOUND",
            Self::SlotPast => "SLOT_PAST",
            Self::GridInUse { .. } => "SLOT_GRID_IN_USE",
            Self::KeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::Rebuilding => "SLOTS_REBUILDING",
            Self::NotLoaded => "SLOTS_DOWN",
            Self::VersionConflict { .. } => "VERSION_CONFLICT",
            Self::NameTaken => "NAME_TAKEN",
            Self::CodeTaken => "CODE_TAKEN",
            Self::BranchIsDefault => "BRANCH_IS_DEFAULT",
            Self::BranchInUse { .. } => "BRANCH_IN_USE",
            Self::BranchHasFutureOrders => "BRANCH_HAS_FUTURE_ORDERS",
            Self::Refused(error) => error.reason(),
            Self::SlotId(error) => error.reason(),
            Self::TooFar(error) => error.reason(),
            Self::Calendar(error) => error.reason(),
            Self::Store(error) => error.reason(),
            Self::SlotStore(error) => error.reason(),
            Self::Log(error) => error.reason(),
        }
    }

    fn violations(&self) -> Vec<Violation> {
        match self {
            Self::Refused(error) => error.violations(),
            Self::SlotId(error) => vec![Violation {
                field: "slot_id".to_owned(),
                reason: self.reason(),
                description: error.to_string(),
            }],
            _ => Vec::new(),
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::SlotsFull { next_with_room: Some(start) } => {
                vec![("next_slot_start", start.to_rfc3339_opts(SecondsFormat::Millis, true))]
            }
            Self::GridInUse { first_free } => vec![("first_free_date", first_free.to_string())],
            Self::VersionConflict { current } => vec![("version", current.to_string())],
            Self::BranchInUse { orders } => vec![("orders", orders.to_string())],
            _ => Vec::new(),
        }
    }
}
