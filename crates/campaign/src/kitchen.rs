//! Staff that moves orders on while customers order: statuses and cancellations meet the faults too.

use std::sync::Arc;
use std::time::Duration;

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::notes::Notes;

/// Between two orders that the staff touches.
const PAUSE: Duration = Duration::from_millis(100);
const CALL: Duration = Duration::from_secs(5);

/// Staff at work until [`Kitchen::close`].
#[derive(Debug)]
pub struct Kitchen {
    stop: CancellationToken,
    work: JoinHandle<usize>,
}

/// Who works, and where.
#[derive(Clone, Debug)]
pub struct Staff {
    /// REST addresses of the gateways.
    pub gateways: Vec<String>,
    /// A token that may change orders of every branch.
    pub token: String,
}

impl Kitchen {
    /// Staff begins to work on the orders that customers are told of.
    pub fn open(staff: Staff, notes: Arc<Notes>, choices: ChaCha8Rng) -> Self {
        let stop = CancellationToken::new();
        let work = tokio::spawn(work(staff, notes, choices, stop.clone()));
        Self { stop, work }
    }

    /// Staff stops; answers how many changes were accepted.
    pub async fn close(self) -> usize {
        self.stop.cancel();
        self.work.await.expect("staff comes to an end")
    }
}

async fn work(staff: Staff, notes: Arc<Notes>, mut choices: ChaCha8Rng, stop: CancellationToken) -> usize {
    let (mut place, mut changes) = (notes.len(), 0);
    while !stop.is_cancelled() {
        sleep(PAUSE).await;
        let fresh = notes.since(place);
        place += fresh.len();
        let orders: Vec<_> = fresh.iter().filter_map(verify::Entry::order_id).collect();
        if orders.is_empty() {
            continue;
        }
        let order = orders[choices.random_range(0..orders.len())];
        let steps: &[&str] = match choices.random_range(0..3) {
            0 => &["cancelled"],
            1 => &["preparing"],
            _ => &["preparing", "cooking"],
        };
        for status in steps {
            changes += usize::from(staff.change(order, status, changes).await);
        }
    }
    changes
}

impl Staff {
    /// Asks a few times: the order may not be stored yet, and a gateway may be away.
    async fn change(&self, order: &str, status: &str, turn: usize) -> bool {
        let http = reqwest::Client::new();
        let body: Value = json!({ "status": status, "reason": "customer_request", "early": true });
        for attempt in 0..4 {
            let gateway = &self.gateways[(turn + attempt) % self.gateways.len()];
            let url = format!("{gateway}/api/v1/erp/orders/{order}/status");
            let request = http
                .put(url)
                .header("content-type", "application/json")
                .header("authorization", format!("Bearer {}", self.token))
                .timeout(CALL)
                .body(body.to_string());
            if request.send().await.is_ok_and(|answer| answer.status().is_success()) {
                return true;
            }
            sleep(PAUSE * 3).await;
        }
        false
    }
}
