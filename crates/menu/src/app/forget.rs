//! Drops what nobody asks for any more.

use chrono::TimeDelta;
use store::commands;

use super::{App, MenuError};
use crate::storage::{revisions, stops};

const COMMANDS: TimeDelta = TimeDelta::hours(48);
const REVISIONS: TimeDelta = TimeDelta::days(90);
const ENDED_STOPS: TimeDelta = TimeDelta::days(1);
const COMMANDS_AT_ONCE: i64 = 10_000;

impl App {
    /// Forgets answers to commands, old revisions, and stop entries that have ended.
    pub async fn forget(&self) -> Result<(), MenuError> {
        let now = self.now();
        let mut conn = self.pool.get().await?;
        commands::purge(&mut conn, now - COMMANDS, COMMANDS_AT_ONCE).await?;
        revisions::forget(&mut conn, now - REVISIONS).await?;
        stops::forget(&mut conn, now - ENDED_STOPS).await?;
        Ok(())
    }
}
