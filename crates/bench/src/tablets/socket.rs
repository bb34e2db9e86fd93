//! One tablet's socket.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, interval_at};
use tokio_util::sync::CancellationToken;

use super::Entrance;
use super::frames::{Frames, Seen};
use super::tally::Tally;

/// The example of RFC 6455, section 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// `{"type":"pong"}`, masked with zeros.
const PONG: &[u8] = b"\x81\x8F\0\0\0\0{\"type\":\"pong\"}";
const PONG_EVERY: Duration = Duration::from_secs(2);
const OPENS_WITHIN: Duration = Duration::from_secs(10);
const PIECE: usize = 16 * 1024;
/// What a tablet that reads nothing takes before its server has to keep the rest.
const SMALL_WINDOW: u32 = 4096;

/// A socket whose stream has begun.
pub struct Socket {
    stream: TcpStream,
    frames: Frames,
}

impl Socket {
    /// Shakes hands and waits for the snapshot.
    pub async fn open(entrance: &Entrance) -> anyhow::Result<Self> {
        let opening = async {
            let stream = TcpStream::connect(entrance.address).await?;
            let mut socket = Self { stream, frames: Frames::default() };
            socket.shake_hands(&entrance.token).await?;
            let mut piece = vec![0; PIECE];
            while socket.frames.seen().snapshots == 0 {
                let read = socket.stream.read(&mut piece).await?;
                ensure!(read > 0, "the server hangs up before the snapshot");
                socket.frames.read(&piece[..read])?;
            }
            Ok(socket)
        };
        tokio::time::timeout(OPENS_WITHIN, opening).await.context("a socket does not open")?
    }

    /// A tablet that shakes hands and then never reads.
    pub async fn stall(entrance: &Entrance) -> anyhow::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(SMALL_WINDOW)?;
        let stream = socket.connect(entrance.address).await?;
        let mut socket = Self { stream, frames: Frames::default() };
        socket.shake_hands(&entrance.token).await?;
        Ok(socket.stream)
    }

    /// Counts until it is told to leave.
    pub async fn listen(mut self, tally: Arc<Tally>, leave: CancellationToken) -> anyhow::Result<Seen> {
        let mut pong = interval_at(Instant::now() + PONG_EVERY, PONG_EVERY);
        loop {
            tokio::select! {
                () = leave.cancelled() => return Ok(self.frames.seen()),
                _ = pong.tick() => self.stream.write_all(PONG).await?,
                ready = self.stream.readable() => {
                    ready?;
                    self.read(&tally)?;
                }
            }
        }
    }

    fn read(&mut self, tally: &Tally) -> anyhow::Result<()> {
        // on the stack of the call, not in the task: there are many tasks
        let mut piece = [0; PIECE];
        let before = self.frames.seen();
        match self.stream.try_read(&mut piece) {
            Ok(0) => bail!("the server hangs up"),
            Ok(read) => self.frames.read(&piece[..read])?,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let after = self.frames.seen();
        if after.orders > before.orders {
            tally.delivers(before.orders, after.orders, after.order_bytes - before.order_bytes);
        }
        Ok(())
    }

    /// The upgrade; what follows the answer's head in the same piece is already frames.
    async fn shake_hands(&mut self, token: &str) -> anyhow::Result<()> {
        let host = self.stream.peer_addr()?;
        let request = format!(
            "GET /api/v1/ws HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        self.stream.set_nodelay(true)?;
        self.stream.write_all(request.as_bytes()).await?;
        let mut head = Vec::new();
        let end = loop {
            ensure!(head.len() < PIECE, "the head of the answer does not end");
            ensure!(self.stream.read_buf(&mut head).await? > 0, "the server hangs up");
            if let Some(at) = head.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let text = String::from_utf8_lossy(&head[..end]);
        ensure!(text.starts_with("HTTP/1.1 101 ") && text.contains(ACCEPT), "no upgrade: {text}");
        self.frames.read(&head[end..])?;
        Ok(())
    }
}
