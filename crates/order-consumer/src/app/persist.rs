//! Stores accepted orders. Told twice, stored once: the first record wins.

use std::collections::{HashMap, HashSet};

use chassis::failpoint;
use chrono::{DateTime, Utc};
use contracts::order::PizzaOrder;
use domain::ids::OrderId;
use store::{Connection, StoreError, Transactional as _};

use super::App;
use crate::storage::{NewOrder, Order, duplicates, items, keys, orders};

/// What became of a batch.
#[derive(Debug, Default)]
pub struct Persisted {
    /// Orders whose beginning has to be told: new ones, and those that nobody may have heard of yet, because
    /// nothing has happened to them since they were stored.
    pub begun: Vec<Order>,
    /// Orders that were not stored, because their key belongs to another order.
    pub duplicates: Vec<Duplicate>,
    /// How many were new.
    pub stored: usize,
}

/// An order that came with the key of another one.
#[derive(Debug)]
pub struct Duplicate {
    /// The record.
    pub order: PizzaOrder,
    /// When it was accepted.
    pub accepted_at: DateTime<Utc>,
    /// The order that the key belongs to.
    pub original: OrderId,
}

impl App {
    /// Stores a batch in one transaction.
    pub async fn persist(&self, batch: &[NewOrder]) -> Result<Persisted, StoreError> {
        let now = self.clock.now();
        let mut conn = self.pool.get().await?;
        let stored = conn.transaction::<_, StoreError, _>(async |conn| {
            let stored = store_batch(conn, batch, now).await?;
            failpoint!("order_consumer::before_commit", StoreError::Pool("failpoint".into()));
            Ok(stored)
        });
        let persisted = stored.await?;
        failpoint!("order_consumer::after_commit", StoreError::Pool("failpoint".into()));
        for order in &persisted.begun {
            let age = (now - order.created_at).to_std().unwrap_or_default();
            metrics::histogram!("orders_accepted_to_stored_seconds").record(age.as_secs_f64());
        }
        Ok(persisted)
    }
}

async fn store_batch(
    conn: &mut Connection,
    batch: &[NewOrder],
    now: DateTime<Utc>,
) -> Result<Persisted, StoreError> {
    let mut known = stored(conn, batch.iter().map(|order| order.id)).await?;
    let new = first_of_each(batch, &known);
    keys::bind(conn, &new).await?;
    let taken = keys::taken(conn, &new).await?;
    let lost = new.iter().filter_map(|order| Some((order.id, *taken.get(&order.id)?, order.created_at)));
    duplicates::remember(conn, lost).await?;
    let keep: Vec<&NewOrder> = new.iter().copied().filter(|order| !taken.contains_key(&order.id)).collect();
    let mut inserted = orders::insert(conn, &keep, now).await?;
    let fresh: Vec<&NewOrder> = keep.iter().copied().filter(|order| inserted.contains(&order.id)).collect();
    items::insert(conn, &fresh).await?;
    // whoever stored the others meanwhile has stored them with the record that was first
    let raced = keep.iter().map(|order| order.id).filter(|id| !inserted.contains(id));
    known.extend(stored(conn, raced).await?);

    let mut persisted = Persisted { stored: fresh.len(), ..Persisted::default() };
    for order in batch {
        if inserted.remove(&order.id) {
            persisted.begun.push(order.first_state(now));
        } else if let Some(original) = taken.get(&order.id) {
            let (order, accepted_at) = (order.record.clone(), order.created_at);
            persisted.duplicates.push(Duplicate { order, accepted_at, original: *original });
        } else if let Some(order) = known.remove(&order.id).filter(|order| order.version == 1) {
            persisted.begun.push(order);
        }
    }
    Ok(persisted)
}

async fn stored(
    conn: &mut Connection,
    ids: impl Iterator<Item = OrderId>,
) -> Result<HashMap<OrderId, Order>, StoreError> {
    let ids: Vec<OrderId> = ids.collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = orders::find_all(conn, &ids).await?;
    Ok(found.into_iter().map(|order| (order.id, order)).collect())
}

/// Orders that are not stored yet, each with its first record of the batch.
fn first_of_each<'a>(batch: &'a [NewOrder], known: &HashMap<OrderId, Order>) -> Vec<&'a NewOrder> {
    let mut seen = HashSet::new();
    batch.iter().filter(|order| !known.contains_key(&order.id) && seen.insert(order.id)).collect()
}
