//! T13: every request is sent once to five times at once, to two gateways, some with another body under the same key,
//! and Redis forgets everything in the middle.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use contracts::order::PizzaOrderRequest;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use testkit::is_worth_repeating;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::customer::{Customers, reason};
use crate::faults::Faults;
use crate::load::{Tally, order};
use crate::notes::Notes;
use crate::outcome::Outcome;
use crate::scenario::Scenario;
use crate::spread::Spread;
use crate::stage::Stage;

/// Keys and repeats.
pub const SCENARIO: Scenario = Scenario {
    id: "T13",
    name: "every request one to five times at once, 2 % with another body, Redis forgets in the middle",
    shares_world: true,
    run: |stage| Box::pin(run(stage)),
};

/// Keys whose requests are underway at once.
const AT_ONCE: usize = 32;
const PATIENCE: Duration = Duration::from_mins(1);
const KEY_REUSED: &str = "IDEMPOTENCY_KEY_REUSED";

/// All sends of one key.
struct Plan {
    key: String,
    order: PizzaOrderRequest,
    sends: Vec<Send>,
}

/// One send: to which gateway, and whether with the other body.
#[derive(Clone, Copy, Debug)]
struct Send {
    gateway: usize,
    changed: bool,
}

/// What came of one send: the order, or the reason of a refusal.
type Answer = (Send, Result<String, String>);

/// What came of everything.
#[derive(Debug, Default)]
struct Count {
    keys: u64,
    sends: usize,
    changed: usize,
    refused: usize,
    /// Keys that were answered with more than one order; the book says which of them counts.
    two_orders: usize,
    wrong: Vec<String>,
    calls: Vec<Duration>,
    attempts: Vec<u64>,
}

async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let mut world = stage.world().await?;
    let (mut choices, prefix) = (stage.choices(), world.next_prefix(stage));
    let keys = stage.size.pick(600, 200_000);
    let (mut count, mut faults) = (Count::default(), Faults::none());
    let (customers, mut underway) = (world.customers(), JoinSet::new());
    for number in 0..keys {
        if stage.is_over() {
            break;
        }
        if number == keys / 2 {
            stage.say("Redis forgets everything");
            faults.broke("Redis forgets everything");
            world.system.redis.forget().await;
            faults.mended("Redis");
        }
        while underway.len() >= AT_ONCE {
            count.add(underway.join_next().await.expect("one is underway")?);
        }
        let plan = Plan::of(format!("{prefix}-{number}"), &mut choices);
        underway.spawn(plan.play(customers.clone(), Arc::clone(&world.notes)));
    }
    while let Some(played) = underway.join_next().await {
        count.add(played?);
    }

    let tally = count.tally();
    let mut outcome = world.judge(stage, &tally, &faults).await?;
    outcome.figure("sends", count.sends);
    outcome.figure("sends with another body", count.changed);
    outcome.figure("sends refused because the key was used for another body", count.refused);
    outcome.figure("keys acknowledged with two orders, of which one counts", count.two_orders);
    let found = if count.wrong.is_empty() { "all".to_owned() } else { count.wrong.join("; ") };
    outcome.expect("T13", "of two bodies under one key exactly one is taken", count.wrong.is_empty(), found);
    stage.keep(world).await;
    Ok(outcome)
}

impl Plan {
    fn of(key: String, choices: &mut ChaCha8Rng) -> Self {
        let count = choices.random_range(1..=5);
        let send = |choices: &mut ChaCha8Rng| Send {
            gateway: choices.random_range(0..2),
            changed: count > 1 && choices.random_ratio(1, 50),
        };
        let sends = (0..count).map(|_| send(choices)).collect();
        Self { key, order: order(choices), sends }
    }

    /// Sends everything at once, and each again until it has an answer.
    async fn play(self, customers: Customers, notes: Arc<Notes>) -> Played {
        let mut sends = JoinSet::new();
        for send in self.sends {
            let (customers, notes) = (customers.clone(), Arc::clone(&notes));
            let (key, mut order) = (self.key.clone(), self.order.clone());
            if send.changed {
                order.quantity += 1;
            }
            sends.spawn(async move { place(send, &customers, &key, &order, &notes).await });
        }
        Played { key: self.key, answers: sends.join_all().await }
    }
}

/// What came of one key.
struct Played {
    key: String,
    answers: Vec<(Answer, Vec<Duration>)>,
}

async fn place(
    send: Send,
    customers: &Customers,
    key: &str,
    order: &PizzaOrderRequest,
    notes: &Notes,
) -> (Answer, Vec<Duration>) {
    let end = Instant::now() + PATIENCE;
    let mut calls = Vec::new();
    loop {
        let made = customers.attempt(send.gateway, key, order, notes).await;
        calls.push(made.took);
        let answer = match made.answer {
            Ok(answer) => Ok(answer.order_id),
            Err(status) if is_worth_repeating(&status) && Instant::now() < end => {
                sleep(Duration::from_millis(200)).await;
                continue;
            }
            Err(status) => Err(reason(&status)),
        };
        return ((send, answer), calls);
    }
}

impl Count {
    fn add(&mut self, played: Played) {
        let Played { key, answers } = played;
        self.keys += 1;
        let (mut orders, mut bodies, mut was_refused) = (BTreeSet::new(), BTreeSet::new(), false);
        for ((send, answer), calls) in &answers {
            self.sends += 1;
            self.changed += usize::from(send.changed);
            self.attempts.resize(self.attempts.len().max(calls.len()), 0);
            self.attempts.iter_mut().skip(calls.len() - 1).take(1).for_each(|count| *count += 1);
            self.calls.extend(calls);
            match answer {
                Ok(order) => {
                    orders.insert(order);
                    bodies.insert(send.changed);
                }
                Err(reason) if reason == KEY_REUSED => {
                    self.refused += 1;
                    was_refused = true;
                }
                Err(reason) => self.wrong.push(format!("{key} was answered with {reason}")),
            }
        }
        let sent: BTreeSet<_> = answers.iter().map(|((send, _), _)| send.changed).collect();
        if bodies.len() != 1 || was_refused != (sent.len() > 1) {
            self.wrong.push(format!("{key}: {answers:?}"));
        }
        self.two_orders += usize::from(orders.len() > 1);
    }

    fn tally(&mut self) -> Tally {
        Tally {
            wanted: self.keys,
            attempts: std::mem::take(&mut self.attempts),
            calls: Spread::of(std::mem::take(&mut self.calls)),
            ..Tally::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers as `original body?` and order or refusal.
    fn wrong(answers: &[(bool, Result<&str, &str>)]) -> usize {
        let answer = |(is_original, answer): &(bool, Result<&str, &str>)| {
            let send = Send { gateway: 0, changed: !is_original };
            let answer = answer.map(ToOwned::to_owned).map_err(ToOwned::to_owned);
            ((send, answer), vec![Duration::ZERO])
        };
        let mut count = Count::default();
        count.add(Played { key: "k".to_owned(), answers: answers.iter().map(answer).collect() });
        count.wrong.len()
    }

    #[test]
    fn whichever_body_comes_first_is_taken_and_the_other_refused() {
        assert_eq!(wrong(&[(true, Ok("a")), (true, Ok("a"))]), 0);
        assert_eq!(wrong(&[(true, Ok("a")), (false, Err(KEY_REUSED))]), 0);
        assert_eq!(wrong(&[(true, Err(KEY_REUSED)), (false, Ok("a"))]), 0);
    }

    #[test]
    fn two_bodies_taken_none_taken_and_one_refused_for_nothing_are_wrong() {
        assert_eq!(wrong(&[(true, Ok("a")), (false, Ok("b"))]), 1);
        assert_eq!(wrong(&[(true, Err(KEY_REUSED))]), 1);
        assert_eq!(wrong(&[(true, Ok("a")), (true, Err(KEY_REUSED))]), 1);
        assert_eq!(wrong(&[(true, Ok("a")), (true, Err("ORDER_LOG_DOWN"))]), 1);
    }
}
