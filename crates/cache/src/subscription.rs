//! Channels: a nudge for whoever listens now. What must not be missed travels through Kafka.

use std::time::Duration;

use chassis::backoff::Backoff;
use futures_util::StreamExt as _;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::{Cache, CacheError};

/// A message that came over a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Which channel.
    pub channel: String,
    /// What was said.
    pub payload: String,
}

/// Listens to channels until `stop`, through every loss of Redis, and passes on what it hears.
pub async fn subscribe(
    cache: Cache,
    channels: &'static [&'static str],
    ears: broadcast::Sender<Heard>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            ended = listen(&cache, channels, &ears, &mut backoff) => {
                if let Err(error) = ended {
                    tracing::debug!(error = %error, "the subscription was lost");
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(backoff.next_pause()) => {}
        }
    }
}

async fn listen(
    cache: &Cache,
    channels: &[&str],
    ears: &broadcast::Sender<Heard>,
    backoff: &mut Backoff,
) -> Result<(), CacheError> {
    let mut subscription = cache.client().get_async_pubsub().await?;
    for channel in channels {
        subscription.subscribe(channel).await?;
    }
    backoff.reset();
    let mut messages = subscription.on_message();
    while let Some(message) = messages.next().await {
        let heard = Heard { channel: message.get_channel_name().to_owned(), payload: message.get_payload()? };
        // Nobody listening is no fault: watchers come and go.
        let _ = ears.send(heard);
    }
    Ok(())
}
