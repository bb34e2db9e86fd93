//! What becomes of a hold: confirmed by the log, or given back.

use chrono::{DateTime, Utc};
use domain::ids::{BranchId, OrderId};
use domain::slots::{Dimension, Limits, ReservationState};
use redis::{Pipeline, ScriptInvocation};

use super::assign::{KEEP, or_empty};
use super::{SlotStore, SlotStoreError, keys, scripts};
use crate::storage::Reservation;

/// An order of the log, with the limits it may pass.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// The order and its slot.
    pub reservation: Reservation,
    /// The branch's limits.
    pub limits: Limits,
}

/// What a confirmation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// Nothing: the order was confirmed or freed before.
    Known,
    /// Its hold became a confirmation, the load stayed.
    Held,
    /// It held nothing any more and was booked into its own slot.
    Booked,
    /// As booked, and the slot is above a limit now.
    Over,
    /// The branch is being filled again, from where the order is known.
    Rebuilding,
}

impl SlotStore {
    /// Confirms orders that turned up on the log, in their order.
    pub async fn confirm(
        &self,
        now: DateTime<Utc>,
        orders: &[Confirmation],
    ) -> Result<Vec<Confirmed>, SlotStoreError> {
        if orders.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipe = Pipeline::with_capacity(orders.len() + 1);
        pipe.load_script(&scripts::CONFIRM).ignore();
        for order in orders {
            add_confirmation(&mut pipe, now, order);
        }
        let answers: Vec<String> = pipe.query_async(&mut self.cache.conn()).await?;
        let read = answers.iter().map(|answer| read_confirmed(answer)).collect::<Option<Vec<_>>>();
        read.ok_or(SlotStoreError::Unreadable("an answer to confirm"))
    }

    /// Gives the places of cancelled orders back, wherever they stand.
    pub async fn free(&self, now: DateTime<Utc>, orders: &[Reservation]) -> Result<(), SlotStoreError> {
        if orders.is_empty() {
            return Ok(());
        }
        let mut pipe = Pipeline::with_capacity(orders.len() + 1);
        pipe.load_script(&scripts::FREE).ignore();
        for order in orders {
            let mut call = scripts::FREE.key(keys::prefix(order.branch));
            add_place(&mut call, now, order);
            call.arg(&order.key_hash).arg(&order.fingerprint).arg(&order.record).arg(KEEP.num_milliseconds());
            pipe.invoke_script(&call);
        }
        let _changed: Vec<usize> = pipe.query_async(&mut self.cache.conn()).await?;
        Ok(())
    }

    /// Gives a hold back; whether there was one that nobody else relies on.
    pub async fn release(
        &self,
        now: DateTime<Utc>,
        branch: BranchId,
        order: OrderId,
    ) -> Result<bool, SlotStoreError> {
        Ok(self.drop_all(now, ReservationState::Released, branch, &[order]).await? == 1)
    }

    /// Ends holds that ran out at or before `due`; how many there were.
    pub async fn expire(
        &self,
        due: DateTime<Utc>,
        branch: BranchId,
        orders: &[OrderId],
    ) -> Result<usize, SlotStoreError> {
        self.drop_all(due, ReservationState::Expired, branch, orders).await
    }

    /// Orders of each branch whose hold ran out at or before `due`, at most `limit` of each.
    pub async fn due_holds(
        &self,
        due: DateTime<Utc>,
        branches: &[BranchId],
        limit: usize,
    ) -> Result<Vec<(BranchId, Vec<OrderId>)>, SlotStoreError> {
        if branches.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipe = Pipeline::with_capacity(branches.len());
        for branch in branches {
            pipe.cmd("ZRANGEBYSCORE")
                .arg(keys::holds(*branch))
                .arg("-inf")
                .arg(due.timestamp_millis())
                .arg("LIMIT")
                .arg(0)
                .arg(limit);
        }
        let found: Vec<Vec<String>> = pipe.query_async(&mut self.cache.conn()).await?;
        let some = branches.iter().zip(found).filter(|(_, orders)| !orders.is_empty());
        some.map(|(branch, orders)| {
            let orders = orders.iter().map(|order| order.parse()).collect::<Result<_, _>>();
            orders.map(|orders| (*branch, orders)).map_err(|_| SlotStoreError::Unreadable("a hold"))
        })
        .collect()
    }

    async fn drop_all(
        &self,
        now: DateTime<Utc>,
        state: ReservationState,
        branch: BranchId,
        orders: &[OrderId],
    ) -> Result<usize, SlotStoreError> {
        if orders.is_empty() {
            return Ok(0);
        }
        let mut pipe = Pipeline::with_capacity(orders.len() + 1);
        pipe.load_script(&scripts::DROP).ignore();
        for order in orders {
            let mut call = scripts::DROP.key(keys::prefix(branch));
            call.arg(now.timestamp_millis()).arg(order.to_string()).arg(state.as_str());
            pipe.invoke_script(&call);
        }
        let changed: Vec<usize> = pipe.query_async(&mut self.cache.conn()).await?;
        Ok(changed.into_iter().sum())
    }
}

fn add_confirmation(pipe: &mut Pipeline, now: DateTime<Utc>, confirmation: &Confirmation) {
    let order = &confirmation.reservation;
    let mut call = scripts::CONFIRM.key(keys::prefix(order.branch));
    add_place(&mut call, now, order);
    call.arg(&order.key_hash).arg(&order.fingerprint).arg(&order.record);
    for dimension in Dimension::ALL {
        call.arg(order.need.get(dimension));
    }
    for (_, limit) in confirmation.limits.iter() {
        call.arg(or_empty(limit));
    }
    call.arg(KEEP.num_milliseconds());
    pipe.invoke_script(&call);
}

/// The arguments that scripts about an order of the log begin with.
fn add_place(call: &mut ScriptInvocation<'_>, now: DateTime<Utc>, order: &Reservation) {
    call.arg(now.timestamp_millis())
        .arg(order.order_id.to_string())
        .arg(order.slot.start.timestamp())
        .arg(order.slot.end.timestamp())
        .arg(order.slot.business_date.to_string())
        .arg(order.number.0)
        .arg(order.visible_at.timestamp_millis());
}

fn read_confirmed(answer: &str) -> Option<Confirmed> {
    match answer {
        "known" => Some(Confirmed::Known),
        "confirmed" => Some(Confirmed::Held),
        "booked" => Some(Confirmed::Booked),
        "over" => Some(Confirmed::Over),
        "rebuilding" => Some(Confirmed::Rebuilding),
        _ => None,
    }
}
