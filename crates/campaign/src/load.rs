//! Customers, so many a second, whether the system keeps up or not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use contracts::order::PizzaOrderRequest;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use testkit::{BRANCH_MAIN, BRANCH_NOVOSIBIRSK, is_worth_repeating};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::customer::{Customers, DEADLINE};
use crate::notes::Notes;
use crate::spread::Spread;

/// Products of the demo that every branch sells.
const PRODUCTS: [&str; 3] = ["Маргарита", "Пепперони", "Карбонара"];
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// A good client gives a system that comes back room to breathe.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Later than its deadline by more than this is too late.
pub const GRACE: Duration = Duration::from_millis(100);

/// How customers come.
#[derive(Clone, Debug)]
pub struct Coming {
    /// New orders a second.
    pub per_second: u32,
    /// What keys begin with; keys of one world must differ.
    pub prefix: String,
    /// Customers that wait for an answer at once; who comes while so many wait goes elsewhere and is counted.
    pub at_once: usize,
    /// How long a customer repeats.
    pub patience: Duration,
}

impl Coming {
    /// So many a second; customers repeat through every fault.
    pub fn per_second(per_second: u32, prefix: impl Into<String>) -> Self {
        let patience = Duration::from_mins(5);
        Self { per_second, prefix: prefix.into(), at_once: 400, patience }
    }
}

/// Customers that come until [`Load::stop`].
#[derive(Debug)]
pub struct Load {
    stop: CancellationToken,
    coming: JoinHandle<Tally>,
}

/// What came of all customers.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Orders that customers wanted.
    pub wanted: u64,
    /// Orders that nobody acknowledged within the customer's patience.
    pub given_up: u64,
    /// Orders that were acknowledged at first, second, third attempt and so on.
    pub attempts: Vec<u64>,
    /// Customers that found too many others waiting.
    pub turned_away: u64,
    /// Orders refused for good, which no good client would see: reason of each.
    pub refused: Vec<String>,
    /// Calls that took longer than their deadline and 100 ms.
    pub late: u64,
    /// How long calls took.
    pub calls: Spread,
}

impl Tally {
    /// Orders that needed more than so many attempts, or were never acknowledged.
    pub fn worse_than(&self, attempts: usize) -> u64 {
        self.attempts.iter().skip(attempts).sum::<u64>() + self.given_up
    }
}

/// What an order needs on its way.
struct Counter {
    customers: Customers,
    notes: Arc<Notes>,
    patience: Duration,
    came: Mutex<(Tally, Vec<Duration>)>,
    turned_away: AtomicU64,
}

impl Load {
    /// Customers begin to come.
    pub fn start(coming: Coming, customers: Customers, notes: Arc<Notes>, choices: ChaCha8Rng) -> Self {
        let stop = CancellationToken::new();
        let coming = tokio::spawn(come(coming, customers, notes, choices, stop.clone()));
        Self { stop, coming }
    }

    /// No more customers come; waits until each one that came has an answer.
    pub async fn stop(self) -> Tally {
        self.stop.cancel();
        self.coming.await.expect("customers come to an end")
    }
}

async fn come(
    coming: Coming,
    customers: Customers,
    notes: Arc<Notes>,
    mut choices: ChaCha8Rng,
    stop: CancellationToken,
) -> Tally {
    let patience = coming.patience;
    let counter = Arc::new(Counter {
        customers,
        notes,
        patience,
        came: Mutex::default(),
        turned_away: AtomicU64::new(0),
    });
    let mut clock = interval(Duration::from_secs(1) / coming.per_second.max(1));
    // an open loop: what the machine missed is made up for
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let room = Arc::new(Semaphore::new(coming.at_once));
    let mut orders = JoinSet::new();
    for number in 0_usize.. {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            _ = clock.tick() => {}
        }
        while orders.try_join_next().is_some() {}
        let order = order(&mut choices);
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            counter.turned_away.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        let (at, key) = (Arc::clone(&counter), format!("{}-{number}", coming.prefix));
        orders.spawn(async move {
            let _place = place;
            at.place(number, &key, &order).await;
        });
    }
    orders.join_all().await;
    let (mut tally, calls) = std::mem::take(&mut *counter.came.lock().await);
    tally.turned_away = counter.turned_away.load(Ordering::Relaxed);
    tally.calls = Spread::of(calls);
    tally
}

/// An order as some customer wants it: one to three of one product, at one of two branches.
pub fn order(choices: &mut ChaCha8Rng) -> PizzaOrderRequest {
    let product = PRODUCTS[choices.random_range(0..PRODUCTS.len())];
    let branch = if choices.random_ratio(1, 3) { BRANCH_NOVOSIBIRSK } else { BRANCH_MAIN };
    PizzaOrderRequest {
        pizza_name: product.to_owned(),
        quantity: choices.random_range(1..=3),
        branch_id: branch.to_owned(),
        is_pickup: true,
        ..PizzaOrderRequest::default()
    }
}

impl Counter {
    /// Repeats with the same key at one gateway after the other until the order is acknowledged.
    async fn place(&self, number: usize, key: &str, order: &PizzaOrderRequest) {
        let end = Instant::now() + self.patience;
        let mut pause = FIRST_PAUSE;
        self.came.lock().await.0.wanted += 1;
        for attempt in 0.. {
            let made = self.customers.attempt(number + attempt, key, order, &self.notes).await;
            let mut came = self.came.lock().await;
            came.1.push(made.took);
            came.0.late += u64::from(made.took > DEADLINE + GRACE);
            match made.answer {
                Ok(_) => {
                    let attempts = &mut came.0.attempts;
                    attempts.resize(attempts.len().max(attempt + 1), 0);
                    attempts[attempt] += 1;
                    return;
                }
                Err(status) if !is_worth_repeating(&status) => {
                    came.0.given_up += 1;
                    came.0.refused.push(format!("{key}: {:?} {}", status.code(), status.message()));
                    return;
                }
                Err(_) if Instant::now() >= end => {
                    came.0.given_up += 1;
                    return;
                }
                Err(_) => drop(came),
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::choices;

    #[test]
    fn the_same_seed_makes_the_same_orders() {
        let orders = |seed| {
            let mut choices = choices(seed, "T6");
            (0..50).map(|_| order(&mut choices)).collect::<Vec<_>>()
        };

        assert_eq!(orders(1), orders(1));
        assert_ne!(orders(1), orders(2));
    }

    #[test]
    fn worse_than_counts_what_needed_more_and_what_never_came() {
        let tally = Tally { attempts: vec![90, 5, 3, 1], given_up: 2, ..Tally::default() };

        assert_eq!((tally.worse_than(2), tally.worse_than(4)), (6, 2));
    }
}
