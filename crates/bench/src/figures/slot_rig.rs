//! What the figures about slots stand on: a Redis on the services' processor, and slot-scheduler's store over it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use cache::Cache;
use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{BranchId, OrderId};
use domain::slots::{Limits, Need};
use redis::AsyncCommands as _;
use slot_scheduler::storage::redis::{Assignment, BranchMemory, Outcome, Run, SlotStore, key_hash};
use testkit::TestRedis;
use tokio::process::Command;
use uuid::Uuid;

use crate::floors::{f8, overheard};

/// How many slots a call may look through: five days of them, and as many as it needs are looked at.
pub const SLOTS: usize = 480;

/// How long it may take until a full Redis is empty.
const FORGETTING: Duration = Duration::from_secs(10);

/// The orders' numbers begin with this; twelve more digits follow.
const FIRST_ORDER: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0000;

/// A Redis and the store of slots.
pub struct SlotRig {
    redis: TestRedis,
    /// As the service uses it: one connection for all callers.
    pub store: SlotStore,
    orders: AtomicU64,
}

impl SlotRig {
    /// Starts a Redis that writes nothing down, on the first processor.
    pub async fn open() -> anyhow::Result<Self> {
        let redis = TestRedis::start().await;
        let store = SlotStore::new(Cache::open(&redis.url())?);
        let rig = Self { redis, store, orders: AtomicU64::new(0) };
        let mut connection = rig.redis.connect().await;
        redis::cmd("CONFIG").arg(&["SET", "appendonly", "no"]).exec_async(&mut connection).await?;
        let server: redis::InfoDict = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
        let process: u32 = server.get("process_id").context("Redis does not name its process")?;
        let pinned = Command::new("taskset").args(["-acp", "0", &process.to_string()]).output().await?;
        ensure!(pinned.status.success(), "taskset: {}", String::from_utf8_lossy(&pinned.stderr));
        Ok(rig)
    }

    /// Address of the Redis.
    pub fn url(&self) -> String {
        self.redis.url()
    }

    /// Forgets everything and fills branches from what is given.
    pub async fn fill(&self, branches: &[(BranchId, &BranchMemory)]) -> anyhow::Result<()> {
        let mut connection = self.redis.connect().await;
        connection.set_response_timeout(FORGETTING);
        redis::cmd("FLUSHALL").arg("SYNC").exec_async(&mut connection).await?;
        for (branch, memory) in branches {
            ensure!(self.store.refill(*branch, memory, now()).await?, "Redis was restarted");
        }
        Ok(())
    }

    /// Takes a place for a new order; fails when there is none.
    pub async fn reserve(&self, branch: BranchId, need: Need, limits: Limits) -> anyhow::Result<()> {
        let wanted = assignment(self.orders.fetch_add(1, Ordering::Relaxed), branch, need, limits);
        match self.store.assign(&wanted, &[run()], None).await? {
            Outcome::Assigned(place) if !place.replayed => Ok(()),
            other => bail!("no new place: {other:?}"),
        }
    }

    /// What the store sends for a reservation, with random numbers instead of the order's.
    pub async fn call(&self, branch: BranchId, need: Need, limits: Limits) -> anyhow::Result<Vec<String>> {
        let mut call = overheard::script_call(&self.url(), self.reserve(branch, need, limits)).await?;
        // the order and its key: after the name, the hash, one key and the time
        for place in [5, 6] {
            let word = call.get_mut(place).context("the call is shorter than it was")?;
            word.truncate(word.len() - f8::RANDOM.len());
            word.push_str(f8::RANDOM);
        }
        Ok(call)
    }

    /// How many orders stand in the first slot.
    pub async fn standing(&self, branch: BranchId) -> anyhow::Result<u64> {
        let key = format!("slot:{{{branch}}}:{}", run().start.timestamp());
        let standing: Option<u64> = self.redis.connect().await.hget(key, "n").await?;
        Ok(standing.unwrap_or(0))
    }

    /// Makes a script known; answers its hash.
    pub async fn load(&self, script: &str) -> anyhow::Result<String> {
        Ok(redis::Script::new(script).load_async(&mut self.redis.connect().await).await?)
    }
}

/// The moment at which all of this happens.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(4_000_000_000, 0).unwrap()
}

/// The slots of days of trade, the first an hour from now.
pub fn run() -> Run {
    let start = now() + TimeDelta::hours(1);
    let business_date = start.date_naive().to_string().parse().unwrap();
    Run { start, length: TimeDelta::minutes(15), count: SLOTS, business_date }
}

fn assignment(number: u64, branch: BranchId, need: Need, limits: Limits) -> Assignment {
    Assignment {
        branch,
        order_id: OrderId::from_uuid(Uuid::from_u128(FIRST_ORDER | u128::from(number))),
        need,
        limits,
        key_hash: key_hash("customer:+79990000000", &number.to_string()),
        // letters only: the C client takes its arguments from the command line
        fingerprint: b"f".repeat(32),
        record: b"r".repeat(900),
        lead: TimeDelta::minutes(30),
        max_shift: None,
        now: now(),
    }
}
