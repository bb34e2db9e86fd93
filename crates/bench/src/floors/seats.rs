//! What both floors of tablets share: a queue per tablet, and a frame made once for all of them.

use std::io::BufRead as _;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::tablets::frames::framed;

/// Frames that may wait for one tablet, as many as ours.
const WAITING: usize = 1000;

/// The tablets of a floor.
#[derive(Debug)]
pub struct Seats {
    queues: Mutex<Vec<mpsc::Sender<Bytes>>>,
    frame_bytes: usize,
}

impl Seats {
    /// No tablet yet; `frame_bytes` is how long a frame is, header included.
    pub const fn new(frame_bytes: usize) -> Self {
        Self { queues: Mutex::new(Vec::new()), frame_bytes }
    }

    /// A queue for one more tablet; the first frame in it is the snapshot.
    pub fn take(&self) -> mpsc::Receiver<Bytes> {
        let (queue, frames) = mpsc::channel(WAITING);
        let snapshot = framed(br#"{"type":"snapshot","data":{}}"#);
        let _ = queue.try_send(snapshot.into());
        self.queues.lock().unwrap_or_else(PoisonError::into_inner).push(queue);
        frames
    }

    /// Tells everybody as many events as each line of the standard input says. When it ends, the program does: whoever
    /// has started it is gone.
    pub fn follow_input(&self) -> ! {
        let mut number = 0_u64;
        for line in std::io::stdin().lock().lines() {
            let events: u64 = line.ok().and_then(|line| line.trim().parse().ok()).unwrap_or_default();
            for _ in 0..events {
                number += 1;
                self.broadcast(&self.frame(number));
            }
        }
        std::process::exit(0)
    }

    fn broadcast(&self, frame: &Bytes) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|queue| queue.try_send(frame.clone()).is_ok());
    }

    fn frame(&self, number: u64) -> Bytes {
        let mut text = format!(r#"{{"type":"order:created","seq":"0:{number}","pad":""#).into_bytes();
        let header = if self.frame_bytes > 127 { 4 } else { 2 };
        text.resize(self.frame_bytes.saturating_sub(header + 2), b'x');
        text.extend(b"\"}");
        framed(&text).into()
    }
}

/// The first argument as a number of bytes.
pub fn bytes_of(arguments: &[String], otherwise: usize) -> usize {
    arguments.first().and_then(|bytes| bytes.parse().ok()).unwrap_or(otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_gets_the_snapshot_and_then_the_same_frame_of_the_wanted_length() {
        let seats = Seats::new(1000);
        let (mut one, mut other) = (seats.take(), seats.take());

        seats.broadcast(&seats.frame(7));

        for tablet in [&mut one, &mut other] {
            assert!(tablet.recv().await.unwrap().ends_with(br#"{"type":"snapshot","data":{}}"#));
            assert_eq!(tablet.recv().await.unwrap().len(), 1000);
        }
    }

    #[test]
    fn a_tablet_that_left_or_does_not_read_is_forgotten() {
        let seats = Seats::new(1000);
        drop(seats.take());
        let _never_read = seats.take();

        for number in 0..=1000 {
            seats.broadcast(&seats.frame(number));
        }

        assert!(seats.queues.lock().unwrap().is_empty());
    }
}
