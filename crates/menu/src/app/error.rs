//! What can go wrong with the menu.

use cache::CacheError;
use contracts::menu_snapshot::SnapshotFault;
use domain::{ErrorKind, Refused, ServiceError, Violation};
use edge::identity::Denied;
use store::StoreError;

/// Why a use case did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum MenuError {
    /// Faults of the request.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The caller may not do it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// An id that leads nowhere.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Somebody else changed it in between.
    #[error("the version is {actual} now")]
    VersionConflict {
        /// The present version; 0 when there is nothing.
        actual: i64,
    },
    /// Something else holds it.
    #[error("is in use by {}", users.join(", "))]
    InUse {
        /// Names of the holders.
        users: Vec<String>,
    },
    /// The key came with another request before.
    #[error("the idempotency key belongs to another request")]
    KeyReused,
    /// No snapshot yet.
    #[error("the menu is not loaded yet")]
    NotLoaded,
    /// A rebuild that would take everything off sale.
    #[error("nothing could be ordered any more: the last snapshot stays")]
    NothingOrderable,
    /// What is stored makes no menu.
    #[error("the stored menu does not fit together")]
    Unfit(#[from] SnapshotFault),
    /// PostgreSQL.
    #[error("could not read or write the menu")]
    Store(#[from] StoreError),
    /// Redis.
    #[error("could not read or write the shelf")]
    Cache(#[from] CacheError),
    /// A part of the work that ended without an answer.
    #[error("the work was given up")]
    GivenUp,
}

impl ServiceError for MenuError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refused) => refused.kind(),
            Self::Denied(denied) => denied.kind(),
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::VersionConflict { .. } => ErrorKind::Aborted,
            Self::InUse { .. } | Self::NothingOrderable => ErrorKind::FailedPrecondition,
            Self::KeyReused => ErrorKind::AlreadyExists,
            Self::NotLoaded => ErrorKind::Unavailable,
            Self::Unfit(_) | Self::GivenUp => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
            Self::Cache(error) => error.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Refused(refused) => refused.reason(),
            Self::Denied(denied) => denied.reason(),
            Self::NotFound(_) => "NOT_FOUND",
            Self::VersionConflict { .. } => "VERSION_CONFLICT",
            Self::InUse { .. } => "IN_USE",
            Self::KeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::NotLoaded => "MENU_NOT_LOADED",
            Self::NothingOrderable => "NOTHING_ORDERABLE",
            Self::Unfit(_) | Self::GivenUp => "INTERNAL",
            Self::Store(error) => error.reason(),
            Self::Cache(error) => error.reason(),
        }
    }

    fn violations(&self) -> Vec<Violation> {
        match self {
            Self::Refused(refused) => refused.violations(),
            _ => Vec::new(),
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::VersionConflict { actual } => vec![("version", actual.to_string())],
            Self::InUse { users } => vec![("users", users.join(", "))],
            _ => Vec::new(),
        }
    }
}
