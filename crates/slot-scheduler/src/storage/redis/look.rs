//! Looking at slots: load, own limits, and the orders inside.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::ids::{BranchId, OrderId};
use domain::slots::{Dimension, Limits, Need, ReservationState};
use redis::Pipeline;

use super::assign::parse;
use super::{SlotStore, SlotStoreError, keys};

/// What a slot holds now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotLoad {
    /// Sum of the needs inside.
    pub load: Need,
    /// The slot's own limits.
    pub own_limits: Limits,
    /// Switched off by a person.
    pub disabled: bool,
    /// The orders inside, by id.
    pub orders: Vec<OrderInSlot>,
}

/// One order of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderInSlot {
    /// Which order.
    pub order_id: OrderId,
    /// Held or confirmed.
    pub state: ReservationState,
    /// What it takes of the slot.
    pub need: Need,
    /// Booked above a limit.
    pub over: bool,
}

impl SlotStore {
    /// What the slots that start at these instants hold, in their order.
    pub async fn look(
        &self,
        branch: BranchId,
        starts: &[DateTime<Utc>],
    ) -> Result<Vec<SlotLoad>, SlotStoreError> {
        if starts.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipe = Pipeline::with_capacity(starts.len());
        for start in starts {
            pipe.hgetall(keys::slot(branch, *start));
        }
        let found: Vec<HashMap<String, String>> = pipe.query_async(&mut self.cache.conn()).await?;
        found.iter().map(|fields| read(fields).ok_or(SlotStoreError::Unreadable("a slot"))).collect()
    }
}

/// The letter of a dimension in the names of a slot's fields.
pub(super) const fn letter(dimension: Dimension) -> char {
    match dimension {
        Dimension::Roubles => 'r',
        Dimension::Orders => 'o',
        Dimension::Units => 'u',
        Dimension::WorkSeconds => 'w',
        Dimension::OvenPlaces => 'p',
        Dimension::Deliveries => 'd',
    }
}

fn read(fields: &HashMap<String, String>) -> Option<SlotLoad> {
    let number = |kind: char, dimension| {
        let field = fields.get(&format!("{kind}:{}", letter(dimension)));
        field.map(|text| text.parse::<u64>()).transpose().ok()
    };
    let mut slot = SlotLoad { disabled: fields.contains_key("d"), ..SlotLoad::default() };
    for dimension in Dimension::ALL {
        slot.own_limits = slot.own_limits.with(dimension, number('c', dimension)?);
        number('l', dimension)?;
    }
    slot.load = Need::from_fn(|dimension| number('l', dimension).flatten().unwrap_or(0));
    for (field, text) in fields {
        if let Some(order_id) = field.strip_prefix("o:") {
            slot.orders.push(read_order(order_id, text)?);
        }
    }
    slot.orders.sort_unstable_by_key(|order| order.order_id);
    Some(slot)
}

fn read_order(order_id: &str, text: &str) -> Option<OrderInSlot> {
    let mut words = text.split(' ');
    let state = words.next()?.parse().ok()?;
    let mut need = [0; 6];
    for amount in &mut need {
        *amount = words.next()?.parse().ok()?;
    }
    let mut amounts = need.into_iter();
    Some(OrderInSlot {
        order_id: order_id.parse().ok()?,
        state,
        need: Need::from_fn(|_| amounts.next().unwrap_or(0)),
        over: parse::<u8>(words.next()?.as_bytes())? == 1,
    })
}
