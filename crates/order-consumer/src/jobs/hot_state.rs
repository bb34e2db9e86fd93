//! Keeps the hot copies whole: fills them at the start, and again whenever Redis was started anew, and mends what
//! could not be written in between.
//!
//! Which copies are missing is remembered by the process that could not write them, and ends with it. So each quarter
//! of an hour every copy of a live order, or of one that Redis takes for live, is written again, whatever is remembered.

use std::sync::Arc;
use std::time::Duration;

use chassis::{Check, Clock, IdSource};
use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use super::Beat;
use crate::app::{App, FillError};
use crate::storage::hot::HotState;

const PERIOD: Duration = Duration::from_secs(1);
const OLDEST: TimeDelta = TimeDelta::minutes(15);

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

/// How far the copies have been filled.
#[derive(Default)]
struct Fillings {
    /// The one that has not come to its end.
    underway: Option<String>,
    /// When the last one began.
    last: Option<DateTime<Utc>>,
}

impl Repair {
    /// Repairs until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut beat = Beat::new(PERIOD, "keep the hot copies whole");
        let mut fillings = Fillings::default();
        while beat.next(&stop).await {
            let outcome = self.look(&mut fillings).await;
            match &outcome {
                Ok(true) => self.health.up(),
                Ok(false) => self.health.down("Redis was started anew while it was filled"),
                Err(error) => self.health.down(error.to_string()),
            }
            beat.note(&outcome);
        }
    }

    /// `false`: Redis was started anew while it was filled.
    async fn look(&self, fillings: &mut Fillings) -> Result<bool, FillError> {
        let gaps = self.hot.gaps();
        let now = self.clock.now();
        let is_due = fillings.last.is_none_or(|last| now - last >= OLDEST);
        if fillings.underway.is_none() && (!self.hot.is_filled().await? || is_due) {
            gaps.lose_track();
        }
        if !gaps.are_known() {
            fillings.underway = Some(self.fill(now).await?);
            fillings.last = Some(now);
        }
        self.app.mend(&self.hot).await?;
        let Some(token) = fillings.underway.as_deref() else { return Ok(true) };
        let is_whole = self.hot.end_filling(token).await?;
        fillings.underway = None;
        Ok(is_whole)
    }

    async fn fill(&self, now: DateTime<Utc>) -> Result<String, FillError> {
        let token = self.ids.new_v7(now).to_string();
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
