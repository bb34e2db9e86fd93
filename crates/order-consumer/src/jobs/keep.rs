//! Looks after the tables every ten minutes.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Beat;
use crate::app::App;

const PERIOD: Duration = Duration::from_mins(10);

/// Looks after the tables until `stop`.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    let mut beat = Beat::new(PERIOD, "look after the tables");
    while beat.next(&stop).await {
        let partitions = app.keep_partitions().await;
        let forgotten = app.forget_old().await;
        beat.note(&partitions.and(forgotten));
    }
}
