//! The queue between the hub and one socket: bounded in frames and in bytes, and never waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytestring::ByteString;
use tokio::sync::{mpsc, watch};

use super::close::Close;

/// How much may wait for one socket.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Frames.
    pub frames: usize,
    /// Bytes of their texts together.
    pub bytes: usize,
}

/// The hub's end.
#[derive(Clone, Debug)]
pub struct Outbox {
    frames: mpsc::Sender<ByteString>,
    waiting_bytes: Arc<AtomicUsize>,
    max_bytes: usize,
    ended: Arc<watch::Sender<Option<Close>>>,
}

/// The socket's end.
#[derive(Debug)]
pub struct Inbox {
    frames: mpsc::Receiver<ByteString>,
    waiting_bytes: Arc<AtomicUsize>,
    ended: watch::Receiver<Option<Close>>,
}

/// A queue for one socket.
pub fn queue(limits: QueueLimits) -> (Outbox, Inbox) {
    let (sender, receiver) = mpsc::channel(limits.frames.max(1));
    let waiting_bytes = Arc::new(AtomicUsize::new(0));
    let (ended_in, ended) = watch::channel(None);
    let outbox = Outbox {
        frames: sender,
        waiting_bytes: Arc::clone(&waiting_bytes),
        max_bytes: limits.bytes,
        ended: Arc::new(ended_in),
    };
    (outbox, Inbox { frames: receiver, waiting_bytes, ended })
}

impl Outbox {
    /// Queues a frame. A socket that has no room for it is told to close, and `false` says so.
    pub fn push(&self, frame: ByteString) -> bool {
        let size = frame.len();
        let before = self.waiting_bytes.fetch_add(size, Ordering::Relaxed);
        // one frame larger than the whole limit still gets through an empty queue
        let fits = before == 0 || before.saturating_add(size) <= self.max_bytes;
        if fits && self.frames.try_send(frame).is_ok() {
            return true;
        }
        self.waiting_bytes.fetch_sub(size, Ordering::Relaxed);
        self.end(Close::TooSlow);
        false
    }

    /// Tells the socket to close; the first reason stays.
    pub fn end(&self, close: Close) {
        self.ended.send_if_modified(|ended| {
            let first = ended.is_none();
            ended.get_or_insert(close);
            first
        });
    }
}

impl Inbox {
    /// The next frame. Cancel safe.
    pub async fn next(&mut self) -> Option<ByteString> {
        let frame = self.frames.recv().await?;
        self.waiting_bytes.fetch_sub(frame.len(), Ordering::Relaxed);
        Some(frame)
    }

    /// Drops everything that waits.
    pub fn clear(&mut self) {
        while let Ok(frame) = self.frames.try_recv() {
            self.waiting_bytes.fetch_sub(frame.len(), Ordering::Relaxed);
        }
    }

    /// A watch on the hub's wish to close; it works while frames are taken.
    pub fn ended(&self) -> Ended {
        Ended(self.ended.clone())
    }
}

/// Resolves when the hub wants the socket closed.
#[derive(Clone, Debug)]
pub struct Ended(watch::Receiver<Option<Close>>);

impl Ended {
    /// Why the socket has to close. Never resolves while it may stay. Cancel safe.
    pub async fn reason(&mut self) -> Close {
        let wanted = self.0.wait_for(Option::is_some).await.ok().and_then(|ended| *ended);
        match wanted {
            Some(close) => close,
            // the hub has let go of the queue without a word: it will not send again
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(size: usize) -> ByteString {
        "x".repeat(size).into()
    }

    #[tokio::test]
    async fn too_many_frames_end_the_socket() {
        let (outbox, inbox) = queue(QueueLimits { frames: 2, bytes: 1000 });

        assert!(outbox.push(frame(1)) && outbox.push(frame(1)));
        assert!(!outbox.push(frame(1)));

        assert_eq!(inbox.ended().reason().await, Close::TooSlow);
    }

    #[tokio::test]
    async fn too_many_bytes_end_the_socket_and_taken_ones_count_no_longer() {
        let (outbox, mut inbox) = queue(QueueLimits { frames: 100, bytes: 10 });

        assert!(outbox.push(frame(8)));
        inbox.next().await.unwrap();
        assert!(outbox.push(frame(8)));
        assert!(!outbox.push(frame(8)));

        assert_eq!(inbox.ended().reason().await, Close::TooSlow);
    }

    #[tokio::test]
    async fn a_frame_larger_than_the_limit_passes_an_empty_queue() {
        let (outbox, mut inbox) = queue(QueueLimits { frames: 100, bytes: 10 });

        assert!(outbox.push(frame(50)));

        assert_eq!(inbox.next().await.unwrap().len(), 50);
    }

    #[tokio::test]
    async fn the_first_reason_to_close_stays() {
        let (outbox, inbox) = queue(QueueLimits { frames: 1, bytes: 10 });

        outbox.end(Close::Replaced);
        outbox.end(Close::TooSlow);

        assert_eq!(inbox.ended().reason().await, Close::Replaced);
    }
}
