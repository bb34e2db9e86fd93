//! The loop between one socket, its session and the hub. The hub's frames go past it, straight to the connection; it
//! writes all others, ends connections that are stuck, and whatever happens, the seat is given back.

pub mod actix; // a socket on an actix connection
pub mod gate; // who a token speaks for
pub mod line; // the TCP connection under a socket
mod reader; // frames of a client
#[cfg(test)]
mod tests;
pub mod upgrade; // who may open a socket

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chassis::{Check, Clock, IdSource, TraceContext};
use futures_util::{Stream, StreamExt as _};
use secrecy::SecretString;
use tokio::task::JoinHandle;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::close::Close;
use crate::app::frame;
use crate::app::framed::Framed;
use crate::app::hub::{Hub, SeatId};
use crate::app::live::Start;
use crate::app::outbox::{Gone, Outbox, Progress, QueueLimits, Voice};
use crate::app::ports::{Command, Done, Gate, OrderBook};
use crate::app::refusal::Refusal;
use crate::session::{Act, Join, NotSaid, Now, Session};

/// Longest text that is a frame.
pub const LONGEST_FRAME: usize = 64 * 1024;

/// What every socket of this process shares.
pub struct House<B> {
    /// Where the log meets the sockets.
    pub hub: Arc<Hub>,
    /// The owner of orders.
    pub orders: Arc<B>,
    /// Who a token speaks for.
    pub gate: Box<dyn Gate>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Names of sockets.
    pub ids: Arc<dyn IdSource>,
    /// Whether the log is being followed; without it a ping would be a lie.
    pub log: Check,
    /// How much may wait for one socket.
    pub queue: QueueLimits,
    /// A client that takes no bytes for this long is gone, whatever TCP says.
    pub write_within: Duration,
    /// The process is ending.
    pub stop: CancellationToken,
}

/// What comes from the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A text.
    Text(String),
    /// A text longer than any frame.
    TooLong,
    /// A message that is no text.
    Binary,
    /// A ping of the WebSocket protocol.
    Ping(Bytes),
    /// Something after which nothing can be read, and how it is answered.
    Broken(Close),
    /// The client closes.
    Close,
}

/// Carries one socket from its opening to the reason for its end.
pub async fn carry<B: OrderBook>(
    house: &House<B>,
    session: Box<Session>,
    token: Option<SecretString>,
    (outbox, voice): (Outbox, &Voice),
    mut incoming: impl Stream<Item = Incoming> + Unpin,
) -> Close {
    let seat = Seat { hub: &house.hub, id: house.hub.enter(outbox) };
    let watched = (Instant::now(), voice.progress());
    let mut talk = Talk { house, seat, session, voice, watched, running: None };
    match talk.run(token, &mut incoming).await {
        Ok(never) => match never {},
        Err(close) => close,
    }
}

/// Gives the seat back, also when the loop is dropped in the middle.
struct Seat<'a> {
    hub: &'a Hub,
    id: SeatId,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.hub.exit(self.id);
    }
}

struct Talk<'a, B> {
    house: &'a House<B>,
    seat: Seat<'a>,
    session: Box<Session>,
    voice: &'a Voice,
    /// When the connection was looked at last, and how far it was.
    watched: (Instant, Progress),
    running: Option<JoinHandle<(Uuid, Answer)>>,
}

type Answer = Result<Done, Box<Refusal>>;

enum Event {
    Ended(Close),
    Said(Option<Incoming>),
    Answered(Uuid, Answer),
    Woke,
}

/// The loop ends with a reason to close, and in no other way.
type Going = Result<(), Close>;

impl<B: OrderBook> Talk<'_, B> {
    async fn run(
        &mut self,
        token: Option<SecretString>,
        incoming: &mut (impl Stream<Item = Incoming> + Unpin),
    ) -> Result<std::convert::Infallible, Close> {
        if let Some(token) = token {
            let verdict = self.house.gate.admit(&token);
            let acts = self.session.verified(None, verdict, self.now());
            Box::pin(self.perform(acts)).await?;
        }
        loop {
            let acts = match self.next(incoming).await {
                Event::Ended(close) => return Err(close),
                Event::Said(said) => self.said(said).await?,
                Event::Answered(id, answer) => {
                    self.running = None;
                    self.session.answered(id, answer, self.now())
                }
                Event::Woke => {
                    self.watch()?;
                    self.session.tick(self.now())
                }
            };
            // apart from the loop, whose size every socket costs for as long as it is open
            Box::pin(self.perform(acts)).await?;
        }
    }

    async fn next(&mut self, incoming: &mut (impl Stream<Item = Incoming> + Unpin)) -> Event {
        let wake = self.session.next_wake(self.now()).min(self.watched.0 + self.house.write_within);
        tokio::select! {
            biased;
            close = self.voice.ended() => Event::Ended(close),
            () = self.house.stop.cancelled() => Event::Ended(Close::GoingAway),
            said = incoming.next() => Event::Said(said),
            (id, answer) = finished(&mut self.running) => Event::Answered(id, answer),
            () = sleep_until(wake) => Event::Woke,
        }
    }

    async fn said(&mut self, said: Option<Incoming>) -> Result<Vec<Act>, Close> {
        let now = self.now();
        Ok(match said {
            Some(Incoming::Text(text)) => self.session.hear(&text, now),
            Some(Incoming::TooLong) => self.session.refuse(&NotSaid::unreadable("longer than 64 KiB"), now),
            Some(Incoming::Binary) => self.session.refuse(&NotSaid::unreadable("frames are text"), now),
            Some(Incoming::Ping(echo)) => {
                let written = timeout(self.house.write_within, self.voice.write(&Framed::pong(&echo))).await;
                settle(&written)?;
                Vec::new()
            }
            Some(Incoming::Broken(close)) => return Err(close),
            Some(Incoming::Close) | None => return Err(Close::Client),
        })
    }

    async fn perform(&mut self, acts: Vec<Act>) -> Going {
        for act in acts {
            match act {
                Act::Send(frame) => self.write(&frame).await?,
                Act::Verify(id, token) => {
                    let verdict = self.house.gate.admit(&token);
                    let acts = self.session.verified(Some(id), verdict, self.now());
                    // a verdict leads to frames and a stream, never to another verdict
                    Box::pin(self.perform(acts)).await?;
                }
                Act::Identify(device) => self.house.hub.identify(self.seat.id, device),
                Act::Join(join) => self.join(&join).await?,
                Act::Ping if self.house.log.is_up() => {
                    self.house.hub.ping(self.seat.id, self.house.clock.now());
                }
                Act::Ping => self.session.ping_withheld(),
                Act::Run(command) => self.running = Some(self.start(*command)),
                Act::Close(close) => return Err(close),
            }
        }
        Ok(())
    }

    /// Begins the stream: how it begins is written first, what the hub has queued meanwhile follows.
    async fn join(&mut self, join: &Join) -> Going {
        let now = self.now();
        let position = join.position.as_deref();
        let begun = self.house.hub.join(self.seat.id, join.sight.clone(), position, now.wall, self.voice);
        let resumed = matches!(begun.start, Start::Missed(_));
        if let Some(hello) = self.session.hello(join, resumed, now) {
            self.write(&hello).await?;
        }
        match begun.start {
            Start::Snapshot { orders, seqs } => {
                let snapshot = begun.snapshot.unwrap_or_else(|| {
                    let snapshot = frame::snapshot(&orders, &seqs, now.wall);
                    self.house.hub.share(join.sight.clone(), seqs, snapshot.clone(), now.wall);
                    snapshot
                });
                drop(orders);
                self.write(&snapshot).await?;
            }
            Start::Missed(missed) => {
                for kept in missed {
                    let Some(view) = join.sight.view(kept.branch) else { continue };
                    let Some(telling) = kept.telling(view) else { continue };
                    match kept.reread() {
                        Ok(heard) => self.write(&frame::order(telling, &heard, view)).await?,
                        Err(error) => {
                            tracing::error!(%error, seq = %kept.seq, "history cannot be read: {error}");
                        }
                    }
                }
            }
        }
        for posted in begun.board {
            self.write(&posted).await?;
        }
        self.voice.release();
        Ok(())
    }

    /// Writes a frame; a client that does not take it in time has to go, and so has one that the hub dismissed.
    async fn write(&self, frame: &Framed) -> Going {
        if frame.wire().is_empty() {
            return Ok(());
        }
        metrics::counter!("ws_frames_sent_total").increment(1);
        tokio::select! {
            biased;
            close = self.voice.ended() => return Err(close),
            written = timeout(self.house.write_within, self.voice.write(frame)) => settle(&written)?,
        }
        Ok(())
    }

    /// A connection that takes nothing of what waits for it has to go.
    fn watch(&mut self) -> Going {
        let (since, before) = self.watched;
        if since.elapsed() < self.house.write_within {
            return Ok(());
        }
        let progress = self.voice.progress();
        self.watched = (Instant::now(), progress);
        if progress.is_stuck_since(before) { Err(Close::TooSlow) } else { Ok(()) }
    }

    /// A command runs beside the loop: when the client goes, it is still carried out.
    fn start(&self, command: Command) -> JoinHandle<(Uuid, Answer)> {
        let (orders, id) = (Arc::clone(&self.house.orders), command.id);
        let trace = TraceContext::fresh();
        tokio::spawn(chassis::trace::scope(trace, async move { (id, orders.carry_out(command).await) }))
    }

    fn now(&self) -> Now {
        Now { instant: Instant::now(), wall: self.house.clock.now() }
    }
}

fn settle(written: &Result<Result<(), Gone>, Elapsed>) -> Going {
    match written {
        Ok(Ok(())) => Ok(()),
        Ok(Err(Gone)) => Err(Close::Client),
        Err(_) => Err(Close::TooSlow),
    }
}

/// The answer of the command that runs; never, while none does.
async fn finished(running: &mut Option<JoinHandle<(Uuid, Answer)>>) -> (Uuid, Answer) {
    let Some(task) = running else { return std::future::pending().await };
    match task.await {
        Ok(answer) => answer,
        // it panicked: the panic is in the log
        Err(_) => (Uuid::nil(), Err(Box::new(Refusal::unexplained()))),
    }
}
