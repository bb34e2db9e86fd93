//! One direction of a connection.

use std::io;
use std::time::Duration;

use rand_core::{OsRng, RngCore as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::Weather;

/// The most that is read at once.
const CHUNK: usize = 16 * 1024;
/// Chunks underway; the sender waits when there are more.
const UNDERWAY: usize = 64;
const BETWEEN_PIECES: Duration = Duration::from_millis(1);

/// What was read, and when it is to arrive.
struct Chunk {
    bytes: Vec<u8>,
    due: Instant,
}

/// Carries what `from` says to `to`, until `from` has said everything.
pub async fn flow(
    from: ReadHalf<'_>,
    to: WriteHalf<'_>,
    weather: watch::Receiver<Weather>,
) -> io::Result<()> {
    let (departures, arrivals) = mpsc::channel(UNDERWAY);
    tokio::try_join!(read(from, departures, weather.clone()), write(to, arrivals, weather))?;
    Ok(())
}

async fn read(
    mut from: ReadHalf<'_>,
    departures: mpsc::Sender<Chunk>,
    weather: watch::Receiver<Weather>,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        let due = Instant::now() + lateness(*weather.borrow());
        // the other half ends first only with an error, and tells it itself
        let _ = departures.send(Chunk { bytes: buffer[..count].to_vec(), due }).await;
    }
}

fn lateness(weather: Weather) -> Duration {
    let most = u64::try_from(weather.jitter.as_micros()).unwrap_or(u64::MAX);
    let jitter = if most == 0 { 0 } else { OsRng.next_u64() % most };
    weather.delay + Duration::from_micros(jitter)
}

async fn write(
    mut to: WriteHalf<'_>,
    mut arrivals: mpsc::Receiver<Chunk>,
    mut weather: watch::Receiver<Weather>,
) -> io::Result<()> {
    while let Some(chunk) = arrivals.recv().await {
        sleep_until(chunk.due).await;
        let mut rest = chunk.bytes.as_slice();
        while !rest.is_empty() {
            let now = movement(&mut weather).await?;
            let (piece, later) = rest.split_at(rest.len().min(now.piece.unwrap_or(CHUNK)));
            to.write_all(piece).await?;
            rest = later;
            sleep(now.pause_after(piece.len())).await;
        }
    }
    movement(&mut weather).await?;
    to.shutdown().await
}

/// Waits while nothing moves.
async fn movement(weather: &mut watch::Receiver<Weather>) -> io::Result<Weather> {
    let now = weather.wait_for(|weather| !weather.is_still).await;
    now.map(|now| *now).map_err(|_| io::ErrorKind::ConnectionAborted.into())
}

impl Weather {
    fn pause_after(&self, bytes: usize) -> Duration {
        let between = if self.piece.is_some() { BETWEEN_PIECES } else { Duration::ZERO };
        let Some(rate) = self.bytes_per_second else { return between };
        let nanos = 1_000_000_000 * bytes as u64 / u64::from(rate.max(1));
        between.max(Duration::from_nanos(nanos))
    }
}
