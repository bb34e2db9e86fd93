//! When an order is seen on a tablet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use testkit::Tablet;
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

/// A frame that takes longer is lost.
const PATIENCE: Duration = Duration::from_secs(10);
const BEAT: Duration = Duration::from_millis(500);

/// A tablet that tells whoever waits for an order.
#[derive(Clone)]
pub struct Screen {
    seen: Arc<Mutex<HashMap<Uuid, Sight>>>,
    _leave: Arc<DropGuard>,
}

/// The frame and whoever waits for it: either may come first.
enum Sight {
    Seen,
    Awaited(oneshot::Sender<()>),
}

impl Screen {
    /// Connects, and looks from now on.
    pub async fn connect(url: &str, token: &str) -> Self {
        let tablet = Tablet::connect(url, token).await;
        let leave = CancellationToken::new();
        let seen = Arc::default();
        tokio::spawn(look(tablet, Arc::clone(&seen), leave.clone()));
        Self { seen, _leave: Arc::new(leave.drop_guard()) }
    }

    /// Returns when the order is shown; whether it was in time.
    pub async fn shows(&self, order: Uuid) -> bool {
        let Some(shown) = self.await_frame(order) else { return true };
        tokio::time::timeout(PATIENCE, shown).await.is_ok_and(|shown| shown.is_ok())
    }

    fn await_frame(&self, order: Uuid) -> Option<oneshot::Receiver<()>> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.remove(&order).is_some() {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        seen.insert(order, Sight::Awaited(sender));
        Some(receiver)
    }
}

async fn look(mut tablet: Tablet, seen: Arc<Mutex<HashMap<Uuid, Sight>>>, leave: CancellationToken) {
    while !leave.is_cancelled() {
        let asked = Instant::now();
        let Some(frame) = tablet.try_next(BEAT).await else {
            if asked.elapsed() < BEAT {
                return; // the socket is closed; whoever waits will say so
            }
            continue;
        };
        if frame["type"] != "order:created" {
            continue;
        }
        let Some(order) = frame["data"]["order"]["id"].as_str().and_then(|id| id.parse().ok()) else {
            continue;
        };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Sight::Awaited(waiting)) = seen.remove(&order) {
            let _ = waiting.send(());
        } else {
            seen.insert(order, Sight::Seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_order_whose_frame_came_before_its_answer_is_shown_already() {
        let order = Uuid::from_u128(1);
        let leave = Arc::new(CancellationToken::new().drop_guard());
        let seen = Arc::new(Mutex::new(HashMap::from([(order, Sight::Seen)])));
        let screen = Screen { seen, _leave: leave };

        assert!(screen.shows(order).await);
        assert!(screen.await_frame(order).is_some(), "a second one is waited for");
    }
}
