//! Tablets of F6: raw sockets that are sent the same frames.

use std::sync::Arc;

use anyhow::Context as _;
use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;

use super::handshake::upgrade;
use crate::tablets::frames::framed;

/// Frames that may wait, as many as ours.
const WAITING: usize = 1_000;

/// All tablets.
#[derive(Debug)]
pub struct Rail {
    frames: broadcast::Sender<Bytes>,
}

impl Rail {
    /// No tablet yet.
    pub fn new() -> Self {
        Self { frames: broadcast::Sender::new(WAITING) }
    }

    /// Sends a frame to everybody who is there.
    pub fn send(&self, frame: &Bytes) {
        let _ = self.frames.send(frame.clone());
    }

    /// Lets tablets in at this port.
    pub async fn serve(self: Arc<Self>, port: u16) -> anyhow::Result<()> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.context("a port for tablets")?;
        loop {
            let (stream, _) = listener.accept().await.context("accepting")?;
            // a tablet that goes away is no failure
            tokio::spawn(carry(stream, self.frames.subscribe()));
        }
    }
}

async fn carry(mut stream: TcpStream, mut frames: broadcast::Receiver<Bytes>) -> anyhow::Result<()> {
    upgrade(&mut stream).await?;
    stream.write_all(&framed(br#"{"type":"snapshot","data":{}}"#)).await?;
    while let Ok(frame) = frames.recv().await {
        stream.write_all(&frame).await?;
    }
    Ok(())
}
