//! Takes over revisions that another instance has built, and reports whether there is a menu at all.

use std::sync::Arc;
use std::time::Duration;

use chassis::Check;
use tokio_util::sync::CancellationToken;

use crate::app::App;

const EVERY: Duration = Duration::from_millis(500);

/// Follows until `stop`. Without PostgreSQL the snapshot in Redis will do for a start.
pub async fn run(app: Arc<App>, health: Check, stop: CancellationToken) -> anyhow::Result<()> {
    let mut failing = false;
    loop {
        let followed = app.follow().await;
        if let Err(error) = &followed {
            if !failing {
                tracing::warn!(error = error as &dyn std::error::Error, "no newer menu can be had: {error}");
            }
            if app.live().served().is_none() {
                // the failure of the last resort is told by the health check
                let _ = app.follow_shelf().await;
            }
        }
        failing = followed.is_err();
        match app.live().served() {
            Some(_) => health.up(),
            None => health.down("no menu has been loaded yet"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
