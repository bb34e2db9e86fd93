//! Keeps the hot copies whole: fills them at the start, and again whenever Redis was away or lost its memory.

use std::sync::Arc;
use std::time::Duration;

use chassis::{Check, Clock, IdSource};
use tokio_util::sync::CancellationToken;

use super::Beat;
use crate::app::{App, FillError};
use crate::storage::hot::HotState;

const PERIOD: Duration = Duration::from_secs(1);

/// What the job works with.
pub struct Repair {
    /// The use cases.
    pub app: Arc<App>,
    /// The copies.
    pub hot: Arc<HotState>,
    /// Whether they are whole.
    pub health: Check,
    /// Now.
    pub clock: Arc<dyn Clock>,
    /// Tells one filling from another.
    pub ids: Arc<dyn IdSource>,
}

impl Repair {
    /// Repairs until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut beat = Beat::new(PERIOD, "keep the hot copies whole");
        while beat.next(&stop).await {
            let outcome = self.look().await;
            match &outcome {
                Ok(true) => self.health.up(),
                Ok(false) => self.health.down("Redis lost its memory while it was filled"),
                Err(error) => self.health.down(error.to_string()),
            }
            beat.note(&outcome);
        }
    }

    async fn look(&self) -> Result<bool, FillError> {
        if self.hot.is_whole().await? {
            return Ok(true);
        }
        let token = self.ids.new_v7(self.clock.now()).to_string();
        self.app.fill(&self.hot, &token).await
    }
}
