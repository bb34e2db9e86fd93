//! Many tablets that cost next to nothing: raw sockets that shake hands properly and then only count frames. The same
//! for ours and for floors.

pub mod feed; // what makes a server tell
pub mod frames; // counting frames
mod socket; // one socket
mod tally; // what has been delivered, and when

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::feed::Feed;
use self::frames::Seen;
use self::socket::Socket;
use self::tally::Tally;

/// Handshakes underway at once.
const AT_ONCE: usize = 32;
/// A delivery that takes longer is lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where tablets connect, and as whom.
#[derive(Clone, Debug)]
pub struct Entrance {
    /// The server.
    pub address: SocketAddr,
    /// A staff token; floors do not look at it.
    pub token: String,
}

/// Tablets of one branch that hear everything; they leave with this value.
pub struct Room {
    tally: Arc<Tally>,
    tablets: Vec<JoinHandle<anyhow::Result<Seen>>>,
    leave: DropGuard,
    /// Events told since the room was opened.
    told: u64,
}

/// So many tablets that shake hands and then never read.
pub async fn stalled(entrance: &Entrance, tablets: usize) -> anyhow::Result<Vec<TcpStream>> {
    stream::iter((0..tablets).map(|_| Socket::stall(entrance))).buffer_unordered(AT_ONCE).try_collect().await
}

impl Room {
    /// Connects so many tablets; each has begun its stream when this returns.
    pub async fn open(entrance: &Entrance, tablets: usize) -> anyhow::Result<Self> {
        let tally = Arc::new(Tally::new()?);
        let sockets = stream::iter((0..tablets).map(|_| Socket::open(entrance))).buffer_unordered(AT_ONCE);
        let sockets: Vec<Socket> = sockets.try_collect().await?;
        let leave = CancellationToken::new();
        let listen = |socket: Socket| tokio::spawn(socket.listen(Arc::clone(&tally), leave.clone()));
        let tablets = sockets.into_iter().map(listen).collect();
        Ok(Self { tally, tablets, leave: leave.drop_guard(), told: 0 })
    }

    /// Deliveries per second while so many events are on their way at once.
    pub async fn pump(&mut self, feed: &mut impl Feed, window: u64, length: Duration) -> anyhow::Result<f64> {
        let (begin, before) = (Instant::now(), self.tally.delivered());
        let step = (window / 2).max(1);
        while begin.elapsed() < length {
            feed.tell(step).await?;
            self.told += step;
            self.until(self.told.saturating_sub(window - step)).await?;
        }
        let delivered = self.tally.delivered() - before;
        #[expect(clippy::cast_precision_loss, reason = "counts of seconds")]
        let rate = delivered as f64 / begin.elapsed().as_secs_f64();
        self.rest().await?;
        Ok(rate)
    }

    /// Tells so many events, and waits until everybody has them.
    pub async fn tell(&mut self, feed: &mut impl Feed, events: u64) -> anyhow::Result<()> {
        feed.tell(events).await?;
        self.told += events;
        self.rest().await
    }

    /// The percentile of the time from when an event was meant to be told until a tablet has all of its frame.
    pub async fn latency(
        &mut self,
        feed: &mut impl Feed,
        per_second: u32,
        length: Duration,
        quantile: f64,
    ) -> anyhow::Result<Duration> {
        self.tally.forget_latencies();
        let every = Duration::from_secs(1) / per_second;
        let begin = Instant::now();
        let mut due = begin;
        while due < begin + length {
            tokio::time::sleep_until(due.into()).await;
            self.tally.meant(self.told, due);
            feed.tell(1).await?;
            self.told += 1;
            due += every;
        }
        self.rest().await?;
        Ok(self.tally.latency(quantile))
    }

    /// Mean bytes of a frame about an order.
    pub fn frame_bytes(&self) -> u64 {
        let delivered = self.tally.delivered();
        self.tally.bytes().checked_div(delivered).unwrap_or_default()
    }

    /// Everybody leaves; says whether everybody has got every event exactly once.
    pub async fn close(self) -> anyhow::Result<()> {
        drop(self.leave);
        for tablet in self.tablets {
            let seen = tablet.await.context("a tablet")??;
            ensure!(seen.orders == self.told, "a tablet was told {} of {} events", seen.orders, self.told);
        }
        Ok(())
    }

    /// Waits until everything told has been delivered.
    async fn rest(&self) -> anyhow::Result<()> {
        self.until(self.told).await
    }

    /// Waits until as much has been delivered as so many events make.
    async fn until(&self, events: u64) -> anyhow::Result<()> {
        let wanted = events * self.tablets.len() as u64;
        let in_time = tokio::time::timeout(PATIENCE, self.tally.reaches(wanted)).await;
        in_time
            .with_context(|| format!("{} of {wanted} deliveries came, and no more", self.tally.delivered()))
    }
}
