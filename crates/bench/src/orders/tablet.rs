//! When an order is seen on a tablet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
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
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        for order in shown_by(&frame) {
            if let Some(Sight::Awaited(waiting)) = seen.remove(&order) {
                let _ = waiting.send(());
            } else {
                seen.insert(order, Sight::Seen);
            }
        }
    }
}

/// Orders that a frame shows for the first time: one of its own, or those that were there before the screen.
fn shown_by(frame: &Value) -> Vec<Uuid> {
    let id = |order: &Value| order["id"].as_str()?.parse().ok();
    match frame["type"].as_str() {
        Some("order:created") => id(&frame["data"]["order"]).into_iter().collect(),
        Some("snapshot") => frame["data"]["orders"].as_array().into_iter().flatten().filter_map(id).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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

    #[test]
    fn orders_that_were_there_before_the_screen_are_shown_by_its_snapshot() {
        let order = Uuid::from_u128(1);
        let snapshot = json!({ "type": "snapshot", "data": { "orders": [{ "id": order }] } });
        let created = json!({ "type": "order:created", "data": { "order": { "id": order } } });

        assert_eq!((shown_by(&snapshot), shown_by(&created)), (vec![order], vec![order]));
        assert!(shown_by(&json!({ "type": "snapshot", "data": {} })).is_empty());
    }
}
