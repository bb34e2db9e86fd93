//! Hints from Redis that an order has changed; watchers ask the order book then.

use cache::{Cache, Heard};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

const CHANNELS: &[&str] = &["order:created", "order:status:changed"];
const WAITING: usize = 1024;

/// Listens until `stop` and passes on what it hears; without Redis watchers ask by the clock only.
pub async fn run(
    cache: Cache,
    hints: broadcast::Sender<String>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let (ears, mut heard) = broadcast::channel::<Heard>(WAITING);
    let pass_on = async {
        loop {
            match heard.recv().await {
                Ok(said) => drop(hints.send(said.payload)),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    };
    tokio::select! {
        ended = cache::subscribe(cache, CHANNELS, ears, stop) => ended,
        ended = pass_on => ended,
    }
}
