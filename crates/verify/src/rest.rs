//! Waiting for a system to come to rest: everything is read, everything is told.

use std::time::Duration;

use anyhow::bail;
use tokio::time::{Instant, sleep};

use crate::Stores;
use crate::facts::{log, unpublished};

const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Waits until no group lags and no outbox holds anything to tell. An error says what is left at the deadline.
pub async fn settled(stores: &Stores, deadline: Duration) -> anyhow::Result<()> {
    let end = Instant::now() + deadline;
    let mut was_quiet = false;
    loop {
        let waiting = waiting(stores).await;
        let is_quiet = matches!(&waiting, Ok(waiting) if waiting.is_empty());
        // what the outbox has just told is still to be read, so one quiet moment is not enough
        if is_quiet && was_quiet {
            return Ok(());
        }
        was_quiet = is_quiet;
        if Instant::now() >= end {
            match waiting {
                Ok(waiting) => bail!("not at rest within {deadline:?}: {}", waiting.join(", ")),
                Err(error) => return Err(error.context(format!("not at rest within {deadline:?}"))),
            }
        }
        sleep(LOOK_EVERY).await;
    }
}

async fn waiting(stores: &Stores) -> anyhow::Result<Vec<String>> {
    let mut conn = stores.postgres().await?;
    let unpublished = unpublished(&mut conn).await?;
    drop(conn);
    let mut waiting: Vec<String> = unpublished
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(schema, count)| format!("{count} events in the outbox of {schema}"))
        .collect();
    for (group, what) in log::unread(&stores.bus()).await? {
        waiting.push(format!("{group} has to read {what}"));
    }
    Ok(waiting)
}
