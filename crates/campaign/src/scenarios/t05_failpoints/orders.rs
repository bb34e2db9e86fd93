//! Customers that repeat after every answer but a refusal until their order is acknowledged, also after an answer
//! that calls itself our fault.

use std::sync::Arc;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use testkit::is_worth_repeating;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::customer::{Customers, is_refusal};
use crate::load::{Tally, order};
use crate::notes::Notes;
use crate::spread::Spread;
use crate::stage::Stage;
use crate::world::World;

/// Customers that order at the same time, each one order after the other.
const AT_ONCE: usize = 5;
/// Between two orders of one customer: twenty orders a second, as long as all is well.
const PAUSE: Duration = Duration::from_millis(250);
const BEFORE_REPEAT: Duration = Duration::from_millis(200);

/// Customers that order until [`Orders::stop`].
pub struct Orders {
    stop: CancellationToken,
    customers: JoinSet<(Tally, Vec<Duration>)>,
}

impl Orders {
    /// Customers begin to come.
    pub fn start(world: &mut World, stage: &Stage) -> Self {
        let (prefix, stop) = (world.next_prefix(stage), CancellationToken::new());
        let mut customers = JoinSet::new();
        for number in 0..AT_ONCE {
            let prefix = format!("{prefix}-{number}");
            let choices = stage.choices_of(&prefix);
            customers.spawn(come(prefix, world.customers(), Arc::clone(&world.notes), choices, stop.clone()));
        }
        Self { stop, customers }
    }

    /// No more orders; waits until each one that was wanted is acknowledged.
    pub async fn stop(self) -> Tally {
        self.stop.cancel();
        let mut sum = Tally::default();
        let mut all_calls = Vec::new();
        for (tally, calls) in self.customers.join_all().await {
            sum.wanted += tally.wanted;
            sum.given_up += tally.given_up;
            sum.refused.extend(tally.refused);
            sum.attempts.resize(sum.attempts.len().max(tally.attempts.len()), 0);
            sum.attempts.iter_mut().zip(tally.attempts).for_each(|(sum, count)| *sum += count);
            all_calls.extend(calls);
        }
        sum.calls = Spread::of(all_calls);
        sum
    }
}

async fn come(
    prefix: String,
    customers: Customers,
    notes: Arc<Notes>,
    mut choices: ChaCha8Rng,
    stop: CancellationToken,
) -> (Tally, Vec<Duration>) {
    let (mut tally, mut calls) = (Tally::default(), Vec::new());
    while !stop.is_cancelled() {
        let (key, order) = (format!("{prefix}-{}", tally.wanted), order(&mut choices));
        tally.wanted += 1;
        for attempt in 0_usize.. {
            let made = customers.attempt(0, &key, &order, &notes).await;
            calls.push(made.took);
            match made.answer {
                Ok(_) => {
                    tally.attempts.resize(tally.attempts.len().max(attempt + 1), 0);
                    tally.attempts.iter_mut().skip(attempt).take(1).for_each(|count| *count += 1);
                    break;
                }
                Err(status) if is_refusal(&status) && !is_worth_repeating(&status) => {
                    tally.given_up += 1;
                    tally.refused.push(format!("{key}: {:?} {}", status.code(), status.message()));
                    break;
                }
                Err(_) => sleep(BEFORE_REPEAT).await,
            }
        }
        sleep(PAUSE).await;
    }
    (tally, calls)
}
