//! Shows orders to the kitchen when their time has come, to the second.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Beat;
use crate::app::App;

/// Twice a second, so that no order is a second late.
const PERIOD: Duration = Duration::from_millis(500);

/// Shows orders until `stop`.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    let mut beat = Beat::new(PERIOD, "show orders whose time has come");
    while beat.next(&stop).await {
        loop {
            let shown = app.show_due().await;
            beat.note(&shown);
            if !shown.unwrap_or(false) || stop.is_cancelled() {
                break;
            }
        }
    }
}
