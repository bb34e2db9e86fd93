//! Listening ports, and the drain before they close.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use chassis::Health;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A listening port; port 0 takes a free one.
pub async fn listen(host: &str, port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind((host, port)).await.with_context(|| format!("listening on {host}:{port}"))
}

/// Where a listener can be reached from this machine.
pub fn address(listener: &TcpListener) -> anyhow::Result<SocketAddr> {
    listener.local_addr().context("asking a listener for its address")
}

/// From `stop` on the process is not ready; `pause` later the returned token says that its ports may close.
///
/// The pause gives load balancers time to send new work elsewhere.
pub fn drain(stop: CancellationToken, health: Health, pause: Duration) -> CancellationToken {
    let close = CancellationToken::new();
    let closing = close.clone();
    tokio::spawn(async move {
        stop.cancelled().await;
        health.draining();
        tokio::time::sleep(pause).await;
        closing.cancel();
    });
    close
}
