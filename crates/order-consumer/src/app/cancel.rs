//! Ends an order that will not be made.

use domain::orders::lifecycle::{self, CancelReason, ToStatus};
use domain::orders::status::OrderStatus;

use super::{App, Changed, Command, OrderError};

/// The end of an order, and why.
#[derive(Clone, Debug)]
pub struct Cancel {
    /// Which order, who, and by which key.
    pub command: Command,
    /// Why.
    pub reason: Option<CancelReason>,
    /// In words.
    pub reason_text: String,
}

impl App {
    /// Cancels a pending order; its event frees the place in the slot.
    pub async fn cancel(&self, wish: Cancel) -> Result<Changed, OrderError> {
        let Cancel { command, reason, reason_text } = wish;
        let to = ToStatus { reason, reason_text, ..ToStatus::plain(OrderStatus::Cancelled) };
        self.change(&command, &lifecycle::Command::ToStatus(to)).await
    }
}
