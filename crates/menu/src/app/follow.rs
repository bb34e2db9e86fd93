//! Takes over what this or another instance has built: from PostgreSQL, and from Redis while that is all there is.

use contracts::menu::v1::MenuSnapshot;
use prost::Message as _;
use store::StoreError;

use super::live::Served;
use super::{App, MenuError};
use crate::storage::{revisions, shelf};

impl App {
    /// Takes over the newest revision, if it is newer than the one in force.
    pub async fn follow(&self) -> Result<(), MenuError> {
        let mut conn = self.pool.get().await?;
        let Some(newer) = revisions::newer(&mut conn, self.live.revision()).await? else { return Ok(()) };
        let snapshot = MenuSnapshot::decode(newer.snapshot.as_slice())
            .map_err(|fault| StoreError::corrupt("revisions", newer.revision, fault))?;
        self.live.take(Served::new(snapshot)?);
        Ok(())
    }

    /// Takes over the snapshot in Redis, for as long as PostgreSQL does not answer.
    pub async fn follow_shelf(&self) -> Result<(), MenuError> {
        if let Some(snapshot) = shelf::snapshot(&self.cache).await? {
            self.live.take(Served::new(snapshot)?);
        }
        Ok(())
    }
}
