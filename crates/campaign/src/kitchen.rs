//! Staff that moves orders on while customers order: statuses and cancellations meet the faults too.

use std::fmt;
use std::ops::AddAssign;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::notes::Notes;

/// Who waits for an order that a fault delays leaves the others to the others.
const PEOPLE: usize = 4;
/// Between two orders that one of them touches, and between two tries.
const PAUSE: Duration = Duration::from_millis(250);
const CALL: Duration = Duration::from_secs(5);
/// How long they try to move one order.
const PATIENCE: Duration = Duration::from_secs(15);

/// Staff at work until [`Kitchen::close`].
#[derive(Debug)]
pub struct Kitchen {
    stop: CancellationToken,
    work: JoinHandle<Vec<Changes>>,
}

/// Who works, and where.
#[derive(Clone, Debug)]
pub struct Staff {
    /// REST addresses of the gateways.
    pub gateways: Vec<String>,
    /// A token that may change orders of every branch.
    pub token: String,
}

/// What the staff has done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changes {
    /// Changes that were accepted.
    pub made: usize,
    /// Those of them that did not work at the first try.
    pub delayed: usize,
}

impl Kitchen {
    /// Staff begins to work on the orders that customers are told of.
    pub fn open(staff: &Staff, notes: &Arc<Notes>, mut choices: ChaCha8Rng) -> Self {
        let stop = CancellationToken::new();
        let people: Vec<_> = (0..PEOPLE)
            .map(|_| {
                let choices = ChaCha8Rng::from_rng(&mut choices);
                work(staff.clone(), Arc::clone(notes), choices, stop.clone())
            })
            .collect();
        Self { stop, work: tokio::spawn(join_all(people)) }
    }

    /// Staff stops.
    pub async fn close(self) -> Changes {
        self.stop.cancel();
        let people = self.work.await.expect("staff comes to an end");
        let mut all = Changes::default();
        for one in people {
            all += one;
        }
        all
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}, {} of them not at the first try", self.made, self.delayed)
    }
}

impl AddAssign for Changes {
    fn add_assign(&mut self, other: Self) {
        self.made += other.made;
        self.delayed += other.delayed;
    }
}

async fn work(staff: Staff, notes: Arc<Notes>, mut choices: ChaCha8Rng, stop: CancellationToken) -> Changes {
    let (mut place, mut changes) = (notes.len(), Changes::default());
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
            let gateway = choices.random_range(0..staff.gateways.len());
            changes += staff.change(order, status, gateway, &stop).await;
        }
    }
    changes
}

impl Staff {
    /// Asks until it works: the order may not be stored yet, and a gateway may be away.
    async fn change(&self, order: &str, status: &str, first: usize, stop: &CancellationToken) -> Changes {
        let http = reqwest::Client::new();
        let body: Value = json!({ "status": status, "reason": "customer_request", "early": true });
        let begun = Instant::now();
        for attempt in 0.. {
            let gateway = &self.gateways[(first + attempt) % self.gateways.len()];
            let request = http
                .put(format!("{gateway}/api/v1/erp/orders/{order}/status"))
                .header("content-type", "application/json")
                .header("authorization", format!("Bearer {}", self.token))
                .timeout(CALL)
                .body(body.to_string());
            match request.send().await.map(|answer| answer.status()) {
                Ok(status) if status.is_success() => {
                    return Changes { made: 1, delayed: usize::from(attempt > 0) };
                }
                // what is not stored yet is not found
                Ok(status) if status.is_client_error() && status != 404 && status != 429 => break,
                _ if stop.is_cancelled() || begun.elapsed() > PATIENCE => break,
                _ => sleep(PAUSE).await,
            }
        }
        Changes::default()
    }
}
