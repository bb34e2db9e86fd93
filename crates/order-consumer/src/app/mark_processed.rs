//! The kitchen is done with an order.

use domain::orders::lifecycle;

use super::{App, Changed, Command, OrderError};

/// The kitchen is done.
#[derive(Clone, Debug)]
pub struct MarkProcessed {
    /// Which order, who, and by which key.
    pub command: Command,
}

impl App {
    /// Takes the shortest legal way to `ready`, with one event per status passed.
    pub async fn mark_processed(&self, wish: MarkProcessed) -> Result<Changed, OrderError> {
        self.change(&wish.command, &lifecycle::Command::Processed).await
    }
}
