//! Moves an order to a status that its present one allows.

use domain::orders::lifecycle::{self, ToStatus};

use super::{App, Changed, Command, OrderError};

/// A move to another status.
#[derive(Clone, Debug)]
pub struct ChangeStatus {
    /// Which order, who, and by which key.
    pub command: Command,
    /// Where to, with what the move needs.
    pub to: ToStatus,
}

impl App {
    /// Moves the order; moving it to where it is changes nothing.
    pub async fn change_status(&self, wish: ChangeStatus) -> Result<Changed, OrderError> {
        self.change(&wish.command, &lifecycle::Command::ToStatus(wish.to)).await
    }
}
