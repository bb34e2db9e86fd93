//! The REST door of the flooded gateway.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::BRANCH_MAIN;
use tokio::time::{Instant, interval};

use crate::notes::Notes;
use crate::outcome::Outcome;

/// Calls in each second of the flood.
const PER_SECOND: u64 = 20;
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of all calls.
#[derive(Debug, Default)]
pub struct OverRest {
    asked: usize,
    accepted: usize,
    refused: usize,
    /// Calls that were not answered at all.
    silent: usize,
    /// Answers that are neither an order nor a refusal as promised, and how often.
    wrong: BTreeMap<String, usize>,
}

/// Orders over REST for so long, one call after the other, and notes what the customer is told.
pub async fn order(url: String, prefix: String, length: Duration, notes: Arc<Notes>) -> OverRest {
    let (http, end) = (reqwest::Client::new(), Instant::now() + length);
    let body = json!({ "items": [{ "pizza_name": "Маргарита", "quantity": 1 }], "is_pickup": true,
                       "branch_id": BRANCH_MAIN });
    let body = body.to_string();
    let mut clock = interval(Duration::from_millis(1_000 / PER_SECOND));
    let mut all = OverRest::default();
    while Instant::now() < end {
        clock.tick().await;
        all.asked += 1;
        let key = format!("{prefix}-rest-{}", all.asked);
        let request = http.post(&url).header("content-type", "application/json").body(body.clone());
        let answer = request.header("idempotency-key", &key).timeout(PATIENCE).send().await;
        let (outcome, roubles) = all.note(answer).await;
        notes.note(&key, BRANCH_MAIN, roubles, outcome);
    }
    all
}

impl OverRest {
    /// Counts an answer, and says what it means to the customer, with the price of an accepted order.
    async fn note(&mut self, answer: reqwest::Result<reqwest::Response>) -> (verify::Outcome, i64) {
        let Ok(answer) = answer else {
            self.silent += 1;
            return (verify::Outcome::Unknown, 0);
        };
        let status = answer.status().as_u16();
        let says_when = answer.headers().contains_key("retry-after");
        let body: Value = answer.json().await.unwrap_or_default();
        self.take(status, says_when, &body)
    }

    fn take(&mut self, status: u16, says_when: bool, body: &Value) -> (verify::Outcome, i64) {
        if let (200, Some(id)) = (status, body["order_id"].as_str()) {
            self.accepted += 1;
            let outcome = verify::Outcome::Acknowledged { order_id: id.to_owned() };
            return (outcome, body["final_price"].as_i64().unwrap_or_default());
        }
        self.refused += 1;
        if !(matches!(status, 429 | 503) && says_when) {
            *self.wrong.entry(format!("{status}, Retry-After: {says_when}")).or_default() += 1;
        }
        match status {
            // too many orders: this one was not begun
            429 => (verify::Outcome::Refused { reason: "429".to_owned() }, 0),
            _ => (verify::Outcome::Unknown, 0),
        }
    }

    /// Says what must hold of the door.
    pub fn judge(&self, outcome: &mut Outcome) {
        let Self { asked, accepted, refused, silent, wrong } = self;
        let what = "over REST refusals are 429 or 503 and say when to come again";
        let found = format!("{refused} of {asked} refused, {accepted} accepted {wrong:?}");
        outcome.expect("T11", what, wrong.is_empty(), found);
        let what = "98 of 100 calls over REST are answered within 5 s";
        outcome.expect("T11", what, silent * 50 <= *asked, format!("{silent} of {asked} are not"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(all: &OverRest) -> usize {
        let mut outcome = Outcome::default();
        all.judge(&mut outcome);
        outcome.failures().len()
    }

    #[test]
    fn a_refusal_without_a_hint_and_an_answer_of_another_kind_are_wrong() {
        let mut all = OverRest { asked: 3, ..OverRest::default() };
        all.take(200, false, &json!({ "order_id": "an id", "final_price": 700 }));
        all.take(429, true, &Value::Null);
        assert_eq!(broken(&all), 0);

        all.take(503, false, &Value::Null);

        assert_eq!((broken(&all), all.accepted, all.refused), (1, 1, 2));
    }

    #[test]
    fn a_door_that_does_not_answer_is_wrong() {
        assert_eq!(broken(&OverRest { asked: 100, silent: 2, ..OverRest::default() }), 0);
        assert_eq!(broken(&OverRest { asked: 100, silent: 3, ..OverRest::default() }), 1);
    }
}
