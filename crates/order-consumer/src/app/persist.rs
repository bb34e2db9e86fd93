//! Stores accepted orders. Told twice, stored once: the first record wins.

use std::collections::{HashMap, HashSet};

use chassis::failpoint;
use chrono::{DateTime, Utc};
use contracts::order::PizzaOrder;
use contracts::record::Accepted;
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
    pub async fn persist(&self, batch: Vec<NewOrder>) -> Result<Persisted, StoreError> {
        let now = self.clock.now();
        let mut conn = self.pool.get().await?;
        let stored = conn.transaction::<_, StoreError, _>(async |conn| {
            let stored = store_batch(conn, &batch, now).await?;
            failpoint!("order_consumer::before_commit", StoreError::Pool("failpoint".into()));
            Ok(stored)
        });
        let persisted = stored.await?.sort_out(batch, now);
        failpoint!("order_consumer::after_commit", StoreError::Pool("failpoint".into()));
        for order in &persisted.begun {
            let age = (now - order.created_at).to_std().unwrap_or_default();
            metrics::histogram!("orders_accepted_to_stored_seconds").record(age.as_secs_f64());
        }
        Ok(persisted)
    }
}

/// What the tables say about the orders of a batch.
struct Stored {
    /// Those that were new.
    fresh: HashSet<OrderId>,
    /// Those that are not stored, with the order that has their key.
    taken: HashMap<OrderId, OrderId>,
    /// Those that were stored already.
    known: HashMap<OrderId, Order>,
}

async fn store_batch(
    conn: &mut Connection,
    batch: &[NewOrder],
    now: DateTime<Utc>,
) -> Result<Stored, StoreError> {
    let first = first_of_each(batch);
    let taken = keys::bind(conn, &first).await?;
    let (lost, keep): (Vec<&NewOrder>, Vec<&NewOrder>) =
        first.into_iter().partition(|order| taken.contains_key(&order.id()));
    let lost = lost.into_iter().map(|order| &order.accepted);
    let lost = lost.filter_map(|order| Some((order.id, *taken.get(&order.id)?, order.created_at)));
    duplicates::remember(conn, lost).await?;
    let fresh = orders::insert(conn, &keep, now).await?;
    // whoever stored the others has stored them with the record that was first
    let (new, old): (Vec<&NewOrder>, Vec<&NewOrder>) =
        keep.into_iter().partition(|order| fresh.contains(&order.id()));
    items::insert(conn, &new).await?;
    let known = if old.is_empty() {
        Vec::new()
    } else {
        let ids: Vec<OrderId> = old.iter().map(|order| order.id()).collect();
        orders::find_all(conn, &ids).await?
    };
    Ok(Stored { fresh, taken, known: known.into_iter().map(|order| (order.id, order)).collect() })
}

/// The orders of a batch, each with its first record.
fn first_of_each(batch: &[NewOrder]) -> Vec<&NewOrder> {
    let mut seen = HashSet::with_capacity(batch.len());
    batch.iter().filter(|order| seen.insert(order.id())).collect()
}

impl Stored {
    fn sort_out(mut self, batch: Vec<NewOrder>, now: DateTime<Utc>) -> Persisted {
        let mut persisted = Persisted { stored: self.fresh.len(), ..Persisted::default() };
        for order in batch {
            let id = order.id();
            if self.fresh.remove(&id) {
                persisted.begun.push(order.into_first_state(now));
            } else if let Some(original) = self.taken.get(&id) {
                let Accepted { order, created_at: accepted_at, .. } = order.accepted;
                persisted.duplicates.push(Duplicate { order, accepted_at, original: *original });
            } else if let Some(order) = self.known.remove(&id).filter(|order| order.version == 1) {
                persisted.begun.push(order);
            }
        }
        persisted
    }
}
