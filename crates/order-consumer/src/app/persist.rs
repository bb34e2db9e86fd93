//! Stores accepted orders. Told twice, stored once: the first record wins.

use std::collections::{HashMap, HashSet};

use chassis::failpoint;
use chrono::{DateTime, Utc};
use contracts::order::PizzaOrder;
use contracts::record::Accepted;
use domain::ids::OrderId;
use store::{Connection, StoreError, Transactional as _};

use super::App;
use crate::storage::{NewOrder, Order, duplicates, keys, orders};

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
    /// Stores a batch. What it leaves behind when it fails half-way is harmless: a batch may be stored again.
    pub async fn persist(&self, batch: Vec<NewOrder>) -> Result<Persisted, StoreError> {
        let now = self.clock.now();
        failpoint!("order_consumer::before_store", StoreError::Pool("failpoint".into()));
        let mut conn = self.pool.get().await?;
        let persisted = store_batch(&mut conn, &batch, now).await?.sort_out(batch, now);
        failpoint!("order_consumer::after_store", StoreError::Pool("failpoint".into()));
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
    // one statement, one trip to the server, and nearly always there is nothing else to do
    let fresh = orders::insert(conn, &first, now).await?;
    let rest = without(&first, |order| fresh.contains(&order));
    if rest.is_empty() {
        return Ok(Stored { fresh, taken: HashMap::new(), known: HashMap::new() });
    }
    let mut stored =
        conn.transaction::<_, StoreError, _>(async |conn| store_rest(conn, &rest, now).await).await?;
    stored.fresh.extend(fresh);
    Ok(stored)
}

/// Stores orders that have been left out, unless they are known or their key belongs to another order.
async fn store_rest(
    conn: &mut Connection,
    rest: &[&NewOrder],
    now: DateTime<Utc>,
) -> Result<Stored, StoreError> {
    // told as a duplicate, always one: the log may be read again when the first order's key has gone to another
    let mut taken = duplicates::originals(conn, rest.iter().map(|order| order.id())).await?;
    let rest = &without(rest, |order| taken.contains_key(&order));
    keys::release(conn, rest).await?;
    let mut fresh = orders::insert(conn, rest, now).await?;
    let left = without(rest, |order| fresh.contains(&order));
    taken.extend(keys::owners(conn, &left).await?);
    let lost = left.iter().map(|order| &order.accepted);
    let lost = lost.filter_map(|order| Some((order.id, *taken.get(&order.id)?, order.created_at)));
    duplicates::remember(conn, lost).await?;
    // their keys are their own, or those of orders that came days later
    let keep = without(&left, |order| taken.contains_key(&order));
    fresh.extend(orders::insert_without_keys(conn, &keep, now).await?);
    // whoever stored the others has stored them with the record that was first
    let old: Vec<OrderId> =
        without(&keep, |order| fresh.contains(&order)).iter().map(|order| order.id()).collect();
    let known = if old.is_empty() { Vec::new() } else { orders::find_all(conn, &old).await? };
    Ok(Stored { fresh, taken, known: known.into_iter().map(|order| (order.id, order)).collect() })
}

fn without<'a>(orders: &[&'a NewOrder], is_out: impl Fn(OrderId) -> bool) -> Vec<&'a NewOrder> {
    orders.iter().copied().filter(|order| !is_out(order.id())).collect()
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
