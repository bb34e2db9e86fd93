//! F1: F0 and one script in Redis, as lean as a script that holds a place can be.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, bail};
use cache::Cache;
use chassis::{Clock as _, IdSource as _, SystemClock, SystemIds};
use contracts::order::{PizzaOrder, PizzaOrderRequest};
use prost::Message as _;
use redis::Script;
use tonic::Status;

use super::f0::one_pizza;
use super::order_door::{Step, serve};

/// Orders in a slot before the next one begins, as those that ours are asked for.
const IN_A_SLOT: u64 = 8_000;
const LIMIT: u64 = 1_000_000_000;
const KEEP_MS: u64 = 48 * 60 * 60 * 1_000;

/// `floor f1 REDIS`
pub async fn run(arguments: &[String]) -> anyhow::Result<()> {
    let [redis] = arguments else { bail!("f1 REDIS") };
    let order = one_pizza();
    serve(Held { record: order.encode_to_vec(), slots: LeanSlots::open(redis)?, order }).await
}

struct Held {
    order: PizzaOrder,
    record: Vec<u8>,
    slots: LeanSlots,
}

impl Step for Held {
    async fn take(&self, _: &PizzaOrderRequest) -> Result<PizzaOrder, Status> {
        let id = new_id();
        self.slots.hold(&id, &self.record).await?;
        Ok(PizzaOrder { id, ..self.order.clone() })
    }
}

/// A new order's id, made as ours are.
pub fn new_id() -> String {
    SystemIds.new_v7(SystemClock.now()).to_string()
}

/// Slots in Redis, as lean as can be; over the one connection that ours has.
pub struct LeanSlots {
    cache: Cache,
    script: Script,
    orders: AtomicU64,
}

impl LeanSlots {
    /// Connects when it is first needed.
    pub fn open(redis: &str) -> anyhow::Result<Self> {
        let script = Script::new(include_str!("lean_assign.lua"));
        Ok(Self { cache: Cache::open(redis).context("Redis")?, script, orders: AtomicU64::new(0) })
    }

    /// Holds a place for an order.
    pub async fn hold(&self, order: &str, record: &[u8]) -> Result<(), Status> {
        let slot = self.orders.fetch_add(1, Ordering::Relaxed) / IN_A_SLOT;
        let mut call = self.script.prepare_invoke();
        call.key(format!("slot:{{main}}:{slot}"))
            .key(format!("slot:{{main}}:order:{order}"))
            .arg(order)
            .arg(900)
            .arg(LIMIT)
            .arg(record)
            .arg(KEEP_MS);
        let held: u8 = call
            .invoke_async(&mut self.cache.conn())
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        if held == 1 { Ok(()) } else { Err(Status::resource_exhausted("the slot is full")) }
    }
}
