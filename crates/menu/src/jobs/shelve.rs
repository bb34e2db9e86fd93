//! Keeps the snapshot in Redis: after every revision, and again when Redis has lost it.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;

const LOOK_EVERY: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_millis(500);

/// Shelves until `stop`.
pub async fn run(app: Arc<App>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut revisions = app.live().revisions();
    loop {
        let pause = match app.shelve().await {
            Ok(()) => LOOK_EVERY,
            Err(error) => {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "the menu is not in Redis: {error}"
                );
                AGAIN
            }
        };
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            moved = revisions.changed() => moved?,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
