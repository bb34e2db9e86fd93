//! A TCP link between two parties that can be made bad while it is in use.

mod flow;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use self::flow::flow;
use crate::free_port;

/// Connections at once; one more waits for another's end.
const CONNECTIONS: usize = 1024;

/// A proxy on loopback in front of `host:port`. It is good until somebody makes it bad, and ends when dropped.
#[derive(Debug)]
pub struct Link {
    upstream: String,
    port: u16,
    weather: watch::Sender<Weather>,
    _stop: DropGuard,
}

/// What the link does to everything that passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Weather {
    delay: Duration,
    jitter: Duration,
    bytes_per_second: Option<u32>,
    piece: Option<usize>,
    /// Nothing moves.
    is_still: bool,
    /// What has lived through the stillness does not survive its end.
    is_half_open: bool,
    refuses: bool,
    /// How often all connections were reset.
    resets: u64,
}

impl Link {
    /// A good link to an address, or to the host of a URL.
    pub async fn to(upstream: &str) -> Self {
        let (port, stop) = (free_port(), CancellationToken::new());
        let (weather, seen) = watch::channel(Weather::default());
        let link = Self { upstream: upstream.to_owned(), port, weather, _stop: stop.clone().drop_guard() };
        let listener = listen(port).await;
        let target = link.target().to_owned();
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = accept(listener, port, target, seen) => {}
            }
        });
        link
    }

    /// Where the link listens.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What it was made from, with the link in the place of the host.
    pub fn url(&self) -> String {
        self.upstream.replacen(self.target(), &format!("127.0.0.1:{}", self.port), 1)
    }

    /// Everything arrives later: each read by `delay` and up to `jitter` more, in its order.
    pub fn delay(&self, delay: Duration, jitter: Duration) {
        self.change(|weather| (weather.delay, weather.jitter) = (delay, jitter));
    }

    /// No more than this passes in each direction of a connection.
    pub fn throttle(&self, bytes_per_second: u32) {
        self.change(|weather| weather.bytes_per_second = Some(bytes_per_second));
    }

    /// Everything arrives in pieces of at most so many bytes, a millisecond apart.
    pub fn slice(&self, bytes: usize) {
        self.change(|weather| weather.piece = Some(bytes.max(1)));
    }

    /// Resets every connection, as a gateway does that has forgotten them.
    pub fn reset(&self) {
        self.change(|weather| weather.resets += 1);
    }

    /// Nobody listens any more; connections that are open stay.
    pub fn refuse(&self) {
        self.change(|weather| weather.refuses = true);
    }

    /// Nothing moves, and everything that waits arrives after [`Link::heal`].
    pub fn freeze(&self) {
        self.change(|weather| weather.is_still = true);
    }

    /// Connections are taken, swallow what is said, and never answer; [`Link::heal`] resets them.
    pub fn half_open(&self) {
        self.change(|weather| (weather.is_still, weather.is_half_open) = (true, true));
    }

    /// The link is good again.
    pub fn heal(&self) {
        self.change(|weather| {
            let resets = weather.resets + u64::from(weather.is_half_open);
            *weather = Weather { resets, ..Weather::default() };
        });
    }

    fn change(&self, change: impl FnOnce(&mut Weather)) {
        self.weather.send_modify(change);
    }

    /// `host:port` of what it was made from.
    fn target(&self) -> &str {
        let rest = self.upstream.split_once("://").map_or(self.upstream.as_str(), |(_, rest)| rest);
        let authority = rest.split(['/', '?']).next().unwrap_or(rest);
        authority.rsplit_once('@').map_or(authority, |(_, host)| host)
    }
}

/// The port has just been free, or was ours a moment ago.
async fn listen(port: u16) -> TcpListener {
    TcpListener::bind(("127.0.0.1", port)).await.unwrap_or_else(|error| panic!("a link on {port}: {error}"))
}

async fn accept(mut listener: TcpListener, port: u16, target: String, mut weather: watch::Receiver<Weather>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let client = tokio::select! {
            biased;
            refusing = weather.wait_for(|weather| weather.refuses) => {
                if refusing.is_err() {
                    return;
                }
                None
            }
            accepted = listener.accept() => accepted.ok(),
        };
        match client {
            Some((client, _)) => {
                let (target, weather) = (target.clone(), weather.clone());
                tokio::spawn(async move {
                    let _place = place;
                    carry(client, &target, weather).await;
                });
            }
            None if weather.borrow().refuses => {
                drop(listener);
                if weather.wait_for(|weather| !weather.refuses).await.is_err() {
                    return;
                }
                listener = listen(port).await;
            }
            None => {}
        }
    }
}

/// One connection from its beginning to its end, which comes for both parties in the same way.
async fn carry(mut client: TcpStream, target: &str, mut weather: watch::Receiver<Weather>) {
    let resets = weather.borrow_and_update().resets;
    let mut upstream = None;
    let mut forecast = weather.clone();
    let was_reset = tokio::select! {
        biased;
        _ = weather.wait_for(|weather| weather.resets != resets) => true,
        was_lost = through(&mut client, &mut upstream, target, &mut forecast) => was_lost,
    };
    if was_reset {
        for stream in [Some(client), upstream].into_iter().flatten() {
            let _ = stream.set_zero_linger();
        }
    }
}

/// Carries both directions; true when the connection was lost, not closed.
async fn through(
    client: &mut TcpStream,
    upstream: &mut Option<TcpStream>,
    target: &str,
    weather: &mut watch::Receiver<Weather>,
) -> bool {
    if weather.wait_for(|weather| !weather.is_still).await.is_err() {
        return true;
    }
    let Ok(connected) = TcpStream::connect(target).await else { return true };
    let upstream = upstream.insert(connected);
    for stream in [&*client, &*upstream] {
        let _ = stream.set_nodelay(true);
    }
    let ((said, hears), (answered, listens)) = (client.split(), upstream.split());
    tokio::try_join!(flow(said, listens, weather.clone()), flow(answered, hears, weather.clone())).is_err()
}
