//! What can go wrong with orders.

use std::time::Duration;

use contracts::orders_view;
use domain::ids::OrderId;
use domain::orders::audience::Audience;
use domain::orders::lifecycle::LifecycleRefusal;
use domain::permissions::Denied;
use domain::{ErrorKind, Refused, ServiceError};
use store::{QueryError, StoreError};

use crate::storage::Order;

/// The true order in an error's details may take this much; details travel in headers.
const ORDER_BYTES: usize = 3000;

/// Why an order cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// There is none, or none that the caller may see.
    #[error("order {0} does not exist")]
    NotFound(OrderId),
    /// It was accepted a moment ago and is on its way.
    #[error("order {0} is not stored yet")]
    NotYetStored(OrderId),
    /// The caller may not do this.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The request is wrong.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The order's life does not allow it.
    #[error(transparent)]
    Illegal(#[from] LifecycleRefusal),
    /// Somebody was faster.
    #[error("the order has version {} by now", .0.order.version)]
    Conflict(Box<Conflict>),
    /// The key of the command belongs to another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// PostgreSQL refuses, or does not answer.
    #[error("could not read or write orders")]
    Storage(#[from] StoreError),
}

/// The true order, for whoever acted on an old one.
#[derive(Debug)]
pub struct Conflict {
    /// As it is now.
    pub order: Order,
    /// What the caller may see of it.
    pub audience: Audience,
}

impl From<QueryError> for OrderError {
    fn from(error: QueryError) -> Self {
        Self::Storage(error.into())
    }
}

impl ServiceError for OrderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::NotYetStored(_) => ErrorKind::Unavailable,
            Self::Denied(error) => error.kind(),
            Self::Refused(error) => error.kind(),
            Self::Illegal(error) => error.kind(),
            Self::Conflict(_) => ErrorKind::Aborted,
            Self::KeyReused => ErrorKind::AlreadyExists,
            Self::Storage(error) => error.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NOT_FOUND",
            Self::NotYetStored(_) => "NOT_YET_STORED",
            Self::Denied(error) => error.reason(),
            Self::Refused(error) => error.reason(),
            Self::Illegal(error) => error.reason(),
            Self::Conflict(_) => "VERSION_CONFLICT",
            Self::KeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::Storage(error) => error.reason(),
        }
    }

    fn violations(&self) -> Vec<domain::Violation> {
        match self {
            Self::Refused(error) => error.violations(),
            Self::Illegal(error) => error.violations(),
            _ => Vec::new(),
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Conflict(conflict) => conflict.metadata(),
            Self::Illegal(error) => error.metadata(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        matches!(self.kind(), ErrorKind::Unavailable).then_some(Duration::from_secs(1))
    }
}

impl Conflict {
    fn metadata(&self) -> Vec<(&'static str, String)> {
        let Self { order, audience } = self;
        let mut metadata = vec![("version", order.version.to_string()), ("status", order.status.to_string())];
        if let Some(last) = order.full.history.last() {
            metadata.push(("changed_by", last.actor.clone()));
            let at = chrono::DateTime::from_timestamp_millis(last.at).unwrap_or_default();
            metadata.push(("changed_at", at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)));
        }
        let view = serde_json::to_string(&orders_view::view(&order.full, *audience));
        metadata.extend(view.ok().filter(|json| json.len() <= ORDER_BYTES).map(|json| ("order", json)));
        metadata
    }
}
