//! Filling a branch again from what PostgreSQL knows.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use domain::calendar::BusinessDate;
use domain::ids::BranchId;
use domain::slots::{Dimension, DisplayNumber, Need, ReservationState};
use redis::Pipeline;

use super::assign::KEEP;
use super::look::letter;
use super::overrides::{AFTER_END, add_override};
use super::{SlotStore, SlotStoreError, keys, scripts};
use crate::storage::{Override, Reservation};

/// How many commands go out together.
const CHUNK: usize = 1_000;

/// Longer than any refill takes.
const FILLING_SECONDS: u64 = 10 * 60;

/// Forty days: orders are taken thirty days ahead at most.
const NUMBERS_LIVE_SECONDS: u64 = 40 * 24 * 60 * 60;

/// Everything the store should know of one branch.
#[derive(Clone, Debug, Default)]
pub struct BranchMemory {
    /// Orders that take part of a slot.
    pub live: Vec<Reservation>,
    /// Orders that take nothing any more, but whose calls may be repeated.
    pub ended: Vec<(Reservation, ReservationState)>,
    /// Slots with settings of their own.
    pub overrides: Vec<Override>,
    /// The number each business date goes on from at least.
    pub numbers: Vec<(BusinessDate, DisplayNumber)>,
    /// Starts of slots that may be remembered wrongly.
    pub stale: Vec<DateTime<Utc>>,
}

impl SlotStore {
    /// Writes all that is known of a branch, and its mark last; `false` when the store was emptied meanwhile.
    pub async fn refill(
        &self,
        branch: BranchId,
        memory: &BranchMemory,
        now: DateTime<Utc>,
    ) -> Result<bool, SlotStoreError> {
        let life = self.cache.life().await?;
        let mut pipe = redis::pipe();
        pipe.set_ex(keys::filling(branch), &life, FILLING_SECONDS).ignore();
        pipe.del(keys::holds(branch)).ignore();
        for start in &memory.stale {
            pipe.del(keys::slot(branch, *start)).ignore();
            self.send_full(&mut pipe).await?;
        }
        for (start, orders) in by_slot(&memory.live) {
            add_slot(&mut pipe, branch, start, &orders, now);
            self.send_full(&mut pipe).await?;
        }
        for changed in &memory.overrides {
            add_override(&mut pipe, branch, changed, now);
            self.send_full(&mut pipe).await?;
        }
        for (order, state) in last_word_last(memory) {
            add_order(&mut pipe, order, state, now);
            self.send_full(&mut pipe).await?;
        }
        pipe.load_script(&scripts::RAISE).ignore();
        for (date, number) in &memory.numbers {
            let mut call = scripts::RAISE.key(keys::numbers(branch, *date));
            pipe.invoke_script(call.arg(number.0).arg(NUMBERS_LIVE_SECONDS)).ignore();
        }
        self.send(&mut pipe).await?;
        // A server that was restarted meanwhile has another life: then it is all done again.
        let mut seal = scripts::SEAL.key(keys::prefix(branch));
        Ok(seal.arg(life).invoke_async(&mut self.cache.conn()).await?)
    }

    async fn send_full(&self, pipe: &mut Pipeline) -> Result<(), SlotStoreError> {
        if pipe.len() < CHUNK { Ok(()) } else { self.send(pipe).await }
    }

    async fn send(&self, pipe: &mut Pipeline) -> Result<(), SlotStoreError> {
        pipe.exec_async(&mut self.cache.conn()).await?;
        pipe.clear();
        Ok(())
    }
}

/// Several orders may have come with one key: it belongs to one that takes a place, and to the first of those.
fn last_word_last(memory: &BranchMemory) -> Vec<(&Reservation, ReservationState)> {
    let live = memory.live.iter().map(|order| (order, ReservationState::Confirmed));
    let ended = memory.ended.iter().map(|(order, state)| (order, *state));
    let mut orders: Vec<_> = ended.chain(live).collect();
    orders.sort_by_key(|(order, state)| (state.counts(), Reverse(order.placed_at)));
    orders
}

fn by_slot(live: &[Reservation]) -> BTreeMap<DateTime<Utc>, Vec<&Reservation>> {
    let mut slots: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for order in live {
        slots.entry(order.slot.start).or_default().push(order);
    }
    slots
}

fn add_slot(
    pipe: &mut Pipeline,
    branch: BranchId,
    start: DateTime<Utc>,
    orders: &[&Reservation],
    now: DateTime<Utc>,
) {
    let key = keys::slot(branch, start);
    // A restarted server may remember holds of the slot that nobody knows any more.
    pipe.del(&key).ignore();
    let load = orders.iter().fold(Need::ZERO, |load, order| load.plus(&order.need));
    for dimension in Dimension::ALL {
        pipe.hset(&key, format!("l:{}", letter(dimension)), load.get(dimension)).ignore();
    }
    pipe.hset(&key, "n", orders.len()).ignore();
    // Settings of its own come after this.
    pipe.hset(&key, "plain", 1).ignore();
    for order in orders {
        let need = Dimension::ALL.map(|dimension| order.need.get(dimension).to_string()).join(" ");
        let noted = format!("confirmed {need} {}", u8::from(order.over));
        pipe.hset(&key, format!("o:{}", order.order_id), noted).ignore();
    }
    let end = orders.iter().map(|order| order.slot.end).max().unwrap_or(start);
    pipe.pexpire(key, (end + AFTER_END - now).num_milliseconds()).ignore();
}

fn add_order(pipe: &mut Pipeline, order: &Reservation, state: ReservationState, now: DateTime<Utc>) {
    let Reservation { order_id, branch, slot, number, visible_at, placed_at, .. } = order;
    let key = keys::order(*branch, *order_id);
    let repeats = KEEP - (now - *placed_at);
    let life = repeats.max(slot.end + AFTER_END - now);
    if life <= Duration::zero() {
        return;
    }
    pipe.del(&key).ignore();
    pipe.hset_multiple(
        &key,
        &[
            ("state", state.as_str().as_bytes().to_vec()),
            ("start", slot.start.timestamp().to_string().into_bytes()),
            ("end", slot.end.timestamp().to_string().into_bytes()),
            ("date", slot.business_date.to_string().into_bytes()),
            ("no", number.0.to_string().into_bytes()),
            ("visible", visible_at.timestamp_millis().to_string().into_bytes()),
            ("fp", order.fingerprint.clone()),
            ("record", order.record.clone()),
        ],
    )
    .ignore();
    pipe.pexpire(&key, life.num_milliseconds()).ignore();
    if !order.key_hash.is_empty() && repeats > Duration::zero() {
        let life = repeats.num_milliseconds().unsigned_abs();
        pipe.pset_ex(keys::key(*branch, &order.key_hash), order_id.to_string(), life).ignore();
    }
}
