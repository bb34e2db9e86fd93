//! Forgets once an hour what nobody asks for any more.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;

const EVERY: Duration = Duration::from_hours(1);

/// Forgets until `stop`.
pub async fn run(app: Arc<App>, stop: CancellationToken) -> anyhow::Result<()> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Err(error) = app.forget().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "nothing was forgotten this time: {error}"
            );
        }
    }
}
