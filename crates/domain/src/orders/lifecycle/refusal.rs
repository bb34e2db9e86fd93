//! Why a move of an order is refused.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::error::{ErrorKind, ServiceError, Violation};
use crate::orders::status::OrderStatus;
use crate::text::TextFault;

/// Why a move of an order is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LifecycleRefusal {
    /// The table of moves has no such row for this order.
    #[error("an order cannot go from {from} to {to}")]
    IllegalTransition {
        /// Where it stands.
        from: OrderStatus,
        /// Where it was to go.
        to: OrderStatus,
        /// Where it can go.
        allowed: Vec<OrderStatus>,
    },
    /// The order's time has not come.
    #[error("the order is for later: the kitchen sees it from {visible_at} on")]
    NotYetVisible {
        /// When it comes.
        visible_at: DateTime<Utc>,
    },
    /// Another role's move, or another courier's order.
    #[error("none of your roles allows this move")]
    RoleNotAllowed,
    /// A cancel says why.
    #[error("a cancel needs a reason, and the reason `other` needs words")]
    ReasonRequired,
    /// The words of a cancel are no text.
    #[error("the reason's text {0}")]
    ReasonText(TextFault),
    /// Somebody has to take the order.
    #[error("name the courier who takes the order")]
    CourierRequired,
}

impl ServiceError for LifecycleRefusal {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::IllegalTransition { .. } | Self::NotYetVisible { .. } => ErrorKind::FailedPrecondition,
            Self::RoleNotAllowed => ErrorKind::PermissionDenied,
            Self::ReasonRequired | Self::ReasonText(_) | Self::CourierRequired => ErrorKind::InvalidArgument,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::IllegalTransition { .. } => "ILLEGAL_TRANSITION",
            Self::NotYetVisible { .. } => "NOT_YET_VISIBLE",
            Self::RoleNotAllowed => "ROLE_NOT_ALLOWED",
            Self::ReasonRequired => "REASON_REQUIRED",
            Self::ReasonText(fault) => fault.reason(),
            Self::CourierRequired => "COURIER_REQUIRED",
        }
    }

    fn violations(&self) -> Vec<Violation> {
        let field = match self {
            Self::ReasonRequired => "reason",
            Self::ReasonText(_) => "reason_text",
            Self::CourierRequired => "courier_id",
            Self::IllegalTransition { .. } | Self::NotYetVisible { .. } | Self::RoleNotAllowed => {
                return Vec::new();
            }
        };
        vec![Violation { field: field.to_owned(), reason: self.reason(), description: self.to_string() }]
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::IllegalTransition { from, to, allowed } => {
                let allowed: Vec<_> = allowed.iter().map(|status| status.as_str()).collect();
                vec![("from", from.to_string()), ("to", to.to_string()), ("allowed", allowed.join(","))]
            }
            Self::NotYetVisible { visible_at } => {
                vec![("visible_at", visible_at.to_rfc3339_opts(SecondsFormat::Millis, true))]
            }
            Self::RoleNotAllowed | Self::ReasonRequired | Self::ReasonText(_) | Self::CourierRequired => {
                Vec::new()
            }
        }
    }
}
