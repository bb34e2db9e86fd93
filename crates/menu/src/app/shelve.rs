//! Puts the snapshot in force into Redis.

use super::{App, MenuError};
use crate::storage::shelf;

impl App {
    /// Makes sure that Redis has the snapshot in force or a newer one.
    pub async fn shelve(&self) -> Result<(), MenuError> {
        let Some(served) = self.live.served() else { return Ok(()) };
        let present = shelf::revision(&self.cache).await?;
        if present.is_none_or(|present| present < served.snapshot().revision) {
            shelf::put(&self.cache, served.snapshot()).await?;
        }
        Ok(())
    }
}
