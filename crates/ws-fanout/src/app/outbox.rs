//! The queue between the hub and one connection: bounded in frames and in bytes, and never waited for by the hub.
//!
//! Three hold it. The hub puts frames in; the connection takes them out, without the socket's loop in between; the
//! loop puts its own frames before those of the hub, holds the hub's back while a stream begins, and ends it all.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::sync::Notify;

use super::bell::{Bell, Sleepers};
use super::close::Close;
use super::framed::Framed;

/// Frames of the loop that may wait; then the loop does.
const OWN_WAITING: usize = 16;

/// How much may wait for one socket.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Frames.
    pub frames: usize,
    /// Bytes of them together.
    pub bytes: usize,
}

/// The hub's end.
#[derive(Clone, Debug)]
pub struct Outbox(Arc<Queue>);

/// The loop's end.
#[derive(Debug)]
pub struct Voice(Arc<Queue>);

/// The connection's end.
#[derive(Debug)]
pub struct Outlet(Arc<Queue>);

/// The connection is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// How far the connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    taken: u64,
    has_more: bool,
}

#[derive(Debug)]
struct Queue {
    state: Mutex<State>,
    limits: QueueLimits,
    bell: Bell,
    /// One of the loop's frames has been taken, or none ever will be.
    room: Notify,
    /// Somebody wants the socket closed.
    ended: Notify,
}

#[derive(Debug, Default)]
struct State {
    own: VecDeque<Bytes>,
    told: VecDeque<Bytes>,
    told_bytes: usize,
    course: Course,
    taken: u64,
    reader: Option<Waker>,
    ended: Option<Close>,
    /// The connection's end is gone.
    is_gone: bool,
}

/// How far the loop has brought it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Course {
    /// Frames of the hub go to the connection.
    #[default]
    Flowing,
    /// They wait until the beginning of the stream has been written.
    Held,
    /// There is a last frame.
    Finished,
    /// The loop's end is gone: the connection ends with what is there.
    Over,
}

/// A queue for one socket, whose connection is woken by this bell.
pub fn queue(limits: QueueLimits, bell: Bell) -> (Outbox, Voice, Outlet) {
    let (room, ended) = (Notify::new(), Notify::new());
    let queue = Arc::new(Queue { state: Mutex::default(), limits, bell, room, ended });
    (Outbox(Arc::clone(&queue)), Voice(Arc::clone(&queue)), Outlet(queue))
}

impl Outbox {
    /// Queues a frame, unless it is nothing; a connection that sleeps is one of `sleepers` then. A socket that has no
    /// room for the frame is told to close, and `false` says so.
    pub fn push(&self, frame: &Framed, sleepers: &mut Sleepers) -> bool {
        let (wire, limits) = (frame.wire(), self.0.limits);
        if wire.is_empty() {
            return true;
        }
        let mut state = self.0.state();
        let bytes = state.told_bytes.saturating_add(wire.len());
        // one frame larger than the whole limit still gets through an empty queue
        let fits = state.told.is_empty() || (bytes <= limits.bytes && state.told.len() < limits.frames);
        let goes_on = matches!(state.course, Course::Flowing | Course::Held) && !state.is_gone;
        if fits && goes_on {
            state.told_bytes = bytes;
            state.told.push_back(wire);
            if state.course == Course::Flowing
                && let Some(reader) = state.reader.take()
            {
                sleepers.add(&self.0.bell, reader);
            }
            return true;
        }
        drop(state);
        self.end(Close::TooSlow);
        false
    }

    /// Tells the socket to close; the first reason stays.
    pub fn end(&self, close: Close) {
        self.0.state().ended.get_or_insert(close);
        self.0.ended.notify_one();
    }
}

impl Voice {
    /// Writes a frame before all those of the hub, as soon as there is room. Cancel safe.
    pub async fn write(&self, frame: &Framed) -> Result<(), Gone> {
        loop {
            {
                let mut state = self.0.state();
                if state.is_gone {
                    return Err(Gone);
                }
                if state.own.len() < OWN_WAITING {
                    state.own.push_back(frame.wire());
                    let reader = state.reader.take();
                    drop(state);
                    wake(reader);
                    return Ok(());
                }
            }
            // a permit stays when room was made in between
            self.0.room.notified().await;
        }
    }

    /// Drops what the hub has queued, and holds back what it will.
    pub fn hold(&self) {
        let mut state = self.0.state();
        state.forget_told();
        state.course = Course::Held;
    }

    /// Lets the hub's frames go, behind everything that was written.
    pub fn release(&self) {
        let mut state = self.0.state();
        state.course = Course::Flowing;
        let reader = state.reader.take();
        drop(state);
        wake(reader);
    }

    /// The last frame; what the hub has queued is dropped. `false` says that the connection is gone.
    pub fn finish(&self, last: &Framed) -> bool {
        let mut state = self.0.state();
        state.forget_told();
        state.course = Course::Finished;
        state.own.push_back(last.wire());
        let (reader, is_gone) = (state.reader.take(), state.is_gone);
        drop(state);
        wake(reader);
        !is_gone
    }

    /// Resolves when the connection has taken all that was written here, or never will. Cancel safe.
    pub async fn taken(&self) {
        loop {
            {
                let state = self.0.state();
                if state.own.is_empty() || state.is_gone {
                    return;
                }
            }
            self.0.room.notified().await;
        }
    }

    /// Why the socket has to close. Never resolves while it may stay. Cancel safe.
    pub async fn ended(&self) -> Close {
        loop {
            let ended = self.0.state().ended;
            if let Some(close) = ended {
                return close;
            }
            self.0.ended.notified().await;
        }
    }

    /// How far the connection has come.
    pub fn progress(&self) -> Progress {
        let state = self.0.state();
        let has_more = !state.own.is_empty() || (!state.told.is_empty() && state.course != Course::Held);
        Progress { taken: state.taken, has_more }
    }
}

impl Progress {
    /// Whether a connection that was at `before` and is here now has not moved, though it could.
    pub fn is_stuck_since(self, before: Self) -> bool {
        self == before && self.has_more
    }
}

impl Outlet {
    /// The next bytes for the connection; it ends when the loop's end is gone, not with the last frame: a connection
    /// that actix ends is not read any more, and the client's own close is still to come.
    pub fn poll_next(&mut self, context: &Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.0.state();
        if let Some(frame) = state.own.pop_front() {
            state.taken += 1;
            drop(state);
            self.0.room.notify_one();
            return Poll::Ready(Some(frame));
        }
        if state.course == Course::Over {
            return Poll::Ready(None);
        }
        if state.course == Course::Flowing
            && let Some(frame) = state.told.pop_front()
        {
            state.taken += 1;
            state.told_bytes = state.told_bytes.saturating_sub(frame.len());
            return Poll::Ready(Some(frame));
        }
        state.reader = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.course = Course::Over;
        state.forget_told();
        let reader = state.reader.take();
        drop(state);
        wake(reader);
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_gone = true;
        state.forget_told();
        state.ended.get_or_insert(Close::Client);
        drop(state);
        self.0.room.notify_one();
        self.0.ended.notify_one();
    }
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget_told(&mut self) {
        self.told.clear();
        self.told_bytes = 0;
    }
}

/// Outside of the lock: whoever is woken wants it at once.
fn wake(reader: Option<Waker>) {
    if let Some(reader) = reader {
        reader.wake();
    }
}
