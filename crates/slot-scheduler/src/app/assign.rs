//! Finding a slot for an order and holding it: one round trip to Redis, no PostgreSQL.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use domain::ServiceError as _;
use domain::calendar::SlotTime;
use domain::ids::{BranchId, OrderId};
use domain::slots::{Need, SlotConfig, SlotId};

use super::agenda::Agendas;
use super::{SlotError, Slots};
use crate::storage::Branch;
use crate::storage::redis::{Assigned, Assignment, NoneFits, Outcome, Run, key_hash};

/// How many slots are looked through in one go; the script blocks Redis meanwhile.
const SLOTS_PER_CALL: usize = 96;

/// What is asked for an order.
#[derive(Clone, Debug)]
pub struct AssignSlot {
    /// The cooking branch.
    pub branch: BranchId,
    /// Proposed by the caller; a known key answers with the order it is bound to.
    pub order_id: OrderId,
    /// What the order takes of a slot.
    pub need: Need,
    /// Not before this time.
    pub preferred: Option<DateTime<Utc>>,
    /// Only this slot will do.
    pub required: Option<SlotId>,
    /// Who the key belongs to.
    pub key_scope: String,
    /// Empty without a key.
    pub key: String,
    /// Of the request.
    pub fingerprint: Vec<u8>,
    /// The priced order.
    pub record: Vec<u8>,
    /// Answer only an order that has its place already.
    pub is_recall: bool,
}

impl Slots {
    /// Holds the first slot the order fits, or says again what was said before.
    pub async fn assign(&self, command: AssignSlot) -> Result<Assigned, SlotError> {
        let now = self.now();
        let branch = self.branch(command.branch, SlotError::BranchUnknown)?;
        if !branch.active {
            return Err(SlotError::BranchUnknown);
        }
        let (required, is_recall) = (command.required, command.is_recall);
        let candidates = candidates(&self.agendas, &branch, &command, now)?;
        let wanted = assignment(&branch.config, command, now);
        // Without candidates the store answers only what it knows.
        let most = if is_recall { 0 } else { usize::MAX };
        let assigned = self.assign_among(&wanted, candidates.take(most)).await;
        count(&assigned);
        match assigned {
            Err(SlotError::SlotsFull { .. } | SlotError::BranchClosed) if required.is_some() => {
                Err(SlotError::SlotChanged)
            }
            Err(SlotError::Rebuilding) => {
                self.forgotten.notify_one();
                Err(SlotError::Rebuilding)
            }
            other => other,
        }
    }

    async fn assign_among(
        &self,
        wanted: &Assignment,
        candidates: impl Iterator<Item = SlotTime> + Send,
    ) -> Result<Assigned, SlotError> {
        let mut candidates = candidates.peekable();
        let mut seen = NoneFits::default();
        loop {
            // Even without a candidate the store is asked: it may know the order already.
            let runs = runs(candidates.by_ref().take(SLOTS_PER_CALL));
            match self.store.assign(wanted, &runs, seen.first_candidate).await? {
                Outcome::Assigned(assigned) => return Ok(assigned),
                Outcome::KeyReused => return Err(SlotError::KeyReused),
                Outcome::Rebuilding => return Err(SlotError::Rebuilding),
                Outcome::NoneFits(none) => seen = none,
            }
            if seen.next_with_room.is_some() || candidates.peek().is_none() {
                return Err(match seen.first_candidate {
                    Some(_) => SlotError::SlotsFull { next_with_room: seen.next_with_room },
                    None => SlotError::BranchClosed,
                });
            }
        }
    }
}

fn candidates<'a>(
    agendas: &Agendas,
    branch: &'a Arc<Branch>,
    command: &AssignSlot,
    now: DateTime<Utc>,
) -> Result<impl Iterator<Item = SlotTime> + Send + use<'a>, SlotError> {
    let preferred = command.required.map_or(command.preferred, |_| None);
    let window = branch.config.window(now, preferred)?;
    let required = command.required.map(|slot| (slot.branch == branch.id, slot.start()));
    let (from, until) = match required {
        Some((true, start)) if window.contains(&start) => (start, start + Duration::seconds(1)),
        Some(_) => (window.end, window.end),
        None => (window.start, window.end),
    };
    Ok(agendas.slots(branch, now, from, until))
}

fn assignment(config: &SlotConfig, command: AssignSlot, now: DateTime<Utc>) -> Assignment {
    Assignment {
        branch: command.branch,
        order_id: command.order_id,
        need: command.need,
        limits: config.limits,
        key_hash: key_hash(&command.key_scope, &command.key),
        fingerprint: command.fingerprint,
        record: command.record,
        lead: Duration::minutes(i64::from(config.lead_minutes)),
        max_shift: config.max_shift_minutes.map(|shift| Duration::minutes(i64::from(shift))),
        now,
    }
}

fn count(assigned: &Result<Assigned, SlotError>) {
    let outcome = match assigned {
        Ok(place) if place.replayed => "replayed",
        Ok(place) => {
            let (order, start) = (place.order_id, place.slot.start);
            tracing::debug!(target: "orders", { order.id = %order }, "order {order} holds the slot at {start}");
            "held"
        }
        Err(error) => error.reason(),
    };
    metrics::counter!("slot_assignments_total", "outcome" => outcome).increment(1);
}

/// Slots that follow each other without a gap go to the store as one run.
fn runs(slots: impl Iterator<Item = SlotTime>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut end = None;
    for slot in slots {
        let length = slot.end - slot.start;
        match runs.last_mut().filter(|_| end == Some(slot.start)) {
            Some(run) if run.length == length && run.business_date == slot.business_date => run.count += 1,
            _ => runs.push(Run { start: slot.start, length, count: 1, business_date: slot.business_date }),
        }
        end = Some(slot.end);
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(start: i64, minutes: i64, date: &str) -> SlotTime {
        let start = DateTime::from_timestamp(start, 0).unwrap();
        SlotTime { start, end: start + Duration::minutes(minutes), business_date: date.parse().unwrap() }
    }

    #[test]
    fn slots_become_runs_that_end_at_a_gap_a_new_length_and_a_new_date() {
        let slots = [
            slot(0, 15, "2026-02-01"),
            slot(900, 15, "2026-02-01"),
            slot(1_800, 15, "2026-02-02"),
            slot(3_600, 15, "2026-02-02"),
            slot(4_500, 30, "2026-02-02"),
        ];

        let counts: Vec<_> = runs(slots.into_iter()).iter().map(|run| run.count).collect();

        assert_eq!(counts, [2, 1, 1, 1]);
    }
}
