//! Keeps the hot copies whole: fills them at the start, and again whenever Redis was started anew, and mends what
//! could not be written in between.

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
        let mut filling = None;
        while beat.next(&stop).await {
            let outcome = self.look(&mut filling).await;
            match &outcome {
                Ok(true) => self.health.up(),
                Ok(false) => self.health.down("Redis was started anew while it was filled"),
                Err(error) => self.health.down(error.to_string()),
            }
            beat.note(&outcome);
        }
    }

    /// `filling` is the one that has not come to its end. `false`: Redis was started anew while it was filled.
    async fn look(&self, filling: &mut Option<String>) -> Result<bool, FillError> {
        let gaps = self.hot.gaps();
        if filling.is_none() && !self.hot.is_filled().await? {
            gaps.lose_track();
        }
        if !gaps.are_known() {
            *filling = Some(self.fill().await?);
        }
        self.app.mend(&self.hot).await?;
        let Some(token) = filling.as_deref() else { return Ok(true) };
        let is_whole = self.hot.end_filling(token).await?;
        *filling = None;
        Ok(is_whole)
    }

    async fn fill(&self) -> Result<String, FillError> {
        let token = self.ids.new_v7(self.clock.now()).to_string();
        self.hot.gaps().follow();
        let filled = match self.hot.begin_filling(&token).await {
            Ok(()) => self.app.fill(&self.hot).await,
            Err(error) => Err(error.into()),
        };
        if filled.is_err() {
            self.hot.gaps().lose_track();
        }
        filled.map(|()| token)
    }
}
