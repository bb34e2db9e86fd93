//! Rebuilds the snapshot: after every change, when a price begins or a stop ends, and every five minutes.

use std::sync::Arc;
use std::time::Duration;

use chassis::Backoff;
use chrono::{DateTime, TimeDelta, Utc};
use domain::ServiceError as _;
use tokio_util::sync::CancellationToken;

use crate::app::{App, MenuError};

const EVERY: TimeDelta = TimeDelta::minutes(5);
/// How late a moment that changes the menu may be noticed; a clock that jumps is noticed too.
const LOOK_EVERY: Duration = Duration::from_millis(200);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const ACTOR: &str = "system";

/// Rebuilds until `stop`; begins with a rebuild, for what changed while nobody looked.
pub async fn run(app: Arc<App>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    loop {
        let since = app.now();
        let again = match app.rebuild(ACTOR, false).await {
            Ok(_) => None,
            Err(error) => alarm(&error, &mut backoff),
        };
        let wake = async {
            match again {
                Some(pause) => tokio::time::sleep(pause).await,
                None => reason_to_rebuild(&app, since).await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = wake => {}
        }
        if again.is_none() {
            backoff.reset();
        }
    }
}

/// Says what failed, and how long to wait when waiting helps.
fn alarm(error: &MenuError, backoff: &mut Backoff) -> Option<Duration> {
    tracing::error!(error = error as &dyn std::error::Error, "the menu was not rebuilt: {error}");
    error.kind().is_retryable().then(|| backoff.next_pause())
}

async fn reason_to_rebuild(app: &App, since: DateTime<Utc>) {
    tokio::select! {
        () = app.changed() => {}
        () = time_has_come(app, since) => {}
    }
}

async fn time_has_come(app: &App, since: DateTime<Utc>) {
    // asked anew every time: another instance may have built a menu with other moments in it
    let edge = || app.live().served().and_then(|served| served.next_edge(since));
    while app.now() < edge().map_or(since + EVERY, |edge| edge.min(since + EVERY)) {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
