//! order-consumer as a process of its own, over stores of its own, with accepted orders waiting for it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use bus::{OutRecord, Producer};
use chassis::{Clock as _, IdSource as _, SystemClock, SystemIds, TraceContext};
use contracts::topics::Topic;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl as _;
use prost::Message as _;
use testkit::{Keys, Process, Scratch, TestDb, TestRedis, TestTopics, free_port};

use crate::floors::order_rows::accepted;

const SERVICE: &str = "order-consumer";
/// How often the service is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// Records sent together.
const CHUNK: usize = 2_000;

/// The service, stopped or running, and what it works on.
pub struct ConsumerRig {
    process: Process,
    ops_port: u16,
    db: TestDb,
    producer: Producer,
    http: reqwest::Client,
    redis: TestRedis,
    // its logs go when it has ended
    _folder: Scratch,
}

impl ConsumerRig {
    /// Makes the stores and tables; the service is not started.
    pub async fn open() -> anyhow::Result<Self> {
        let (db, redis, topics, keys) =
            (TestDb::fresh().await, TestRedis::start().await, TestTopics::fresh().await, Keys::fresh());
        let folder = Scratch::new("bench");
        let (ops_port, grpc_port) = (free_port(), free_port());
        let environment = [
            ("ENV", "development".to_owned()),
            ("HOST", "127.0.0.1".to_owned()),
            ("OPS_PORT", ops_port.to_string()),
            ("GRPC_PORT", grpc_port.to_string()),
            ("DATABASE_URL", db.url().to_owned()),
            ("REDIS_URL", redis.url()),
            ("KAFKA_BROKERS", topics.brokers().to_owned()),
            ("KAFKA_TOPIC_PREFIX", topics.prefix().to_owned()),
            ("JWT_PUBLIC_KEY", keys.public_pem().to_owned()),
            ("INTERNAL_SECRET", keys.internal_secret().to_owned()),
            ("LOG_FORMAT", "json".to_owned()),
            ("RUST_LOG", "info".to_owned()),
        ];
        let process = Process::new(SERVICE, program()?, folder.path()).on_processors(Some("0"));
        let process =
            environment.into_iter().fold(process, |process, (name, value)| process.env(name, value));
        process.run("migrate");
        let producer = Producer::new(&topics.settings("bench"))?;
        producer.warm_up().await?;
        let http = reqwest::Client::new();
        Ok(Self { process, ops_port, db, producer, http, redis, _folder: folder })
    }

    /// Address of the database.
    pub fn database(&self) -> &str {
        self.db.url()
    }

    /// Takes all orders out of the tables and of Redis: the service copies every live one to Redis when it starts.
    pub async fn empty(&self) -> anyhow::Result<()> {
        let mut connection = self.db.connect("orders").await;
        let tables = "TRUNCATE orders, order_items, order_history, order_keys, order_duplicates";
        diesel::sql_query(tables).execute(&mut connection).await?;
        self.redis.forget().await;
        Ok(())
    }

    /// Lets orders be accepted while the service is away.
    pub async fn accept(&self, count: usize) -> anyhow::Result<()> {
        let mut left = count;
        while left > 0 {
            let chunk = left.min(CHUNK);
            self.producer.send_all((0..chunk).map(|_| record()).collect()).await?;
            left -= chunk;
        }
        Ok(())
    }

    /// Starts the service, waits until `count` orders are stored, and stops it. Answers the orders per second from
    /// the first that was seen stored to the last.
    pub async fn store(&mut self, count: usize, patience: Duration) -> anyhow::Result<f64> {
        let before = self.rows().await?;
        self.process.start();
        let begin = Instant::now();
        let mut first = None;
        let rate = loop {
            ensure!(begin.elapsed() < patience, "only {first:?} of {count} orders were stored in time");
            ensure!(self.process.is_alive(), "{SERVICE} ended by itself: {}", self.process.log_text());
            tokio::time::sleep(ASK_EVERY).await;
            let Some(stored) = self.stored().await.filter(|stored| *stored > 0) else { continue };
            let now = Instant::now();
            let (seen_at, seen) = *first.get_or_insert((now, stored));
            if stored >= count {
                ensure!(stored > seen, "too few orders to measure anything: {count}");
                break rate(stored - seen, now - seen_at);
            }
        };
        self.process.terminate();
        let written = self.rows().await? - before;
        ensure!(usize::try_from(written)? == count, "{count} orders were accepted, {written} are stored");
        Ok(rate)
    }

    async fn stored(&self) -> Option<usize> {
        let url = format!("http://127.0.0.1:{}/metrics", self.ops_port);
        let text = self.http.get(&url).send().await.ok()?.text().await.ok()?;
        text.lines()
            .find_map(|line| line.strip_prefix("orders_stored_total{")?.rsplit(' ').next()?.parse().ok())
    }

    async fn rows(&self) -> anyhow::Result<i64> {
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let mut connection = self.db.connect("orders").await;
        // an id that is there twice counts once
        let counted = diesel::sql_query("SELECT count(DISTINCT id) AS count FROM orders");
        let row: Count = counted.get_result(&mut connection).await?;
        Ok(row.count)
    }
}

fn rate(orders: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(orders).unwrap()) / time.as_secs_f64()
}

fn record() -> OutRecord {
    let now = SystemClock.now();
    let order = accepted(now);
    OutRecord {
        topic: Topic::PizzaOrders,
        payload: order.encode_to_vec(),
        key: order.id,
        event_id: SystemIds.new_v7(now),
        message: Topic::PizzaOrders.message(),
        trace: Some(TraceContext::fresh()),
        extra_headers: Vec::new(),
    }
}

/// The service of the same build.
fn program() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let folder = this.parent().context("a program is in a folder")?;
    let program = folder.join(SERVICE);
    if !program.exists() {
        bail!("{} is not built", program.display());
    }
    Ok(program)
}
