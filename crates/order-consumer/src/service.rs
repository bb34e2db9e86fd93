//! Composition: `bind` opens what can fail at the start, `start` spawns what is open.
//!
//! PostgreSQL, Redis and Kafka need not be there: each part waits for what it needs, and says so in the health.

mod gate; // doors that open when something is known

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bus::{BusSettings, DeadLetters, Group, Producer};
use cache::Cache;
use chassis::{Check, Clock, Health, IdSource, Lifecycle, SystemClock, SystemIds};
use contracts::orders::v1::order_book_service_server::OrderBookServiceServer;
use contracts::topics::Topic;
use edge::grpc::{MAX_MESSAGE, Server};
use edge::{Verifier, listen, ops};
use secrecy::ExposeSecret as _;
use store::{Pool, StoreSettings, migrate};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::app::App;
use crate::config::Config;
use crate::events::hear_orders::{BATCH_MAX, GROUP, HearOrders};
use crate::events::tell::Teller;
use crate::jobs::{hot_state, keep, show};
use crate::storage::MIGRATIONS;
use crate::storage::hot::HotState;
use gate::Gate;

/// How long load balancers get to send new calls elsewhere.
const DRAIN: Duration = Duration::from_secs(2);

/// The service, bound but not started.
pub struct Service {
    grpc: TcpListener,
    ops: TcpListener,
    verifier: Arc<Verifier>,
    store: StoreSettings,
    bus: BusSettings,
    pool: Pool,
    cache: Cache,
    producer: Producer,
    app: Arc<App>,
    hot: Arc<HotState>,
    health: Health,
}

/// Where the service listens.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// gRPC.
    pub grpc: SocketAddr,
    /// Health and metrics.
    pub ops: SocketAddr,
}

impl Service {
    /// Opens ports, keys and clients. Port 0 takes a free one.
    pub async fn bind(config: &Config) -> anyhow::Result<Self> {
        let Config { process, store, bus, identity, own } = config;
        let verifier = identity.verifier(process.is_development())?;
        let pool = Pool::open(store).context("DATABASE_URL")?;
        let cache = Cache::open(own.redis_url.expose_secret()).context("REDIS_URL")?;
        let producer = Producer::new(bus).context("KAFKA_BROKERS")?;
        Ok(Self {
            grpc: listen::listen(&process.host, own.grpc_port).await?,
            ops: listen::listen(&process.host, own.ops_port).await?,
            verifier: Arc::new(verifier),
            app: Arc::new(App::new(pool.clone(), Arc::new(SystemClock))),
            hot: Arc::new(HotState::new(cache.clone())),
            health: Health::new(),
            store: store.clone(),
            bus: bus.clone(),
            pool,
            cache,
            producer,
        })
    }

    /// Where it listens.
    pub fn addresses(&self) -> anyhow::Result<Addresses> {
        Ok(Addresses { grpc: listen::address(&self.grpc)?, ops: listen::address(&self.ops)? })
    }

    /// Spawns every part.
    pub fn start(self, lifecycle: &Lifecycle) {
        let stop = lifecycle.stop_signal();
        let (schema_known, schema) = gate::closed();
        let health = &self.health;
        let teller = Arc::new(Teller::new(self.producer.clone(), Arc::clone(&self.hot)));

        lifecycle.spawn(
            "schema",
            watch_schema(self.store.clone(), schema_known, health.check("migrations"), stop.clone()),
        );
        lifecycle
            .spawn("postgres", watch_postgres(self.pool.clone(), health.check("postgres"), stop.clone()));
        lifecycle.spawn("redis", cache::watch(self.cache.clone(), health.check("redis"), stop.clone()));
        lifecycle.spawn("hot-state", repair(&self.app, &self.hot, health, schema.clone(), stop.clone()));
        lifecycle.spawn("consumer", consume(&self, Arc::clone(&teller), schema.clone(), stop.clone()));
        lifecycle.spawn("relay", relay(&self, teller, schema.clone(), stop.clone()));
        lifecycle
            .spawn("show", gated(schema.clone(), stop.clone(), show::run(self.app.clone(), stop.clone())));
        lifecycle.spawn("keep", gated(schema, stop.clone(), keep::run(self.app.clone(), stop.clone())));

        let close = listen::drain(stop, health.clone(), DRAIN);
        lifecycle.spawn("ops", ops::serve(self.ops, health.clone(), close.clone()));
        let api = OrderBookServiceServer::new(Api::new(self.app)).max_decoding_message_size(MAX_MESSAGE);
        let server = Server::new(self.verifier, self.health.clone()).add_service(api);
        lifecycle.spawn("grpc", server.serve(self.grpc, close));
    }
}

/// Ends the process on a schema that this program does not know; waits while PostgreSQL cannot be asked.
async fn watch_schema(
    settings: StoreSettings,
    known: watch::Sender<bool>,
    check: Check,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    if migrate::until_known(&settings, || MIGRATIONS, &stop).await? {
        check.up();
        known.send_replace(true);
        stop.cancelled().await;
    }
    Ok(())
}

async fn watch_postgres(pool: Pool, check: Check, stop: CancellationToken) -> anyhow::Result<()> {
    pool.watch(check, stop).await
}

fn repair(
    app: &Arc<App>,
    hot: &Arc<HotState>,
    health: &Health,
    schema: Gate,
    stop: CancellationToken,
) -> impl Future<Output = anyhow::Result<()>> + Send + use<> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds);
    let job = hot_state::Repair {
        app: Arc::clone(app),
        hot: Arc::clone(hot),
        health: health.check("hot_state"),
        clock,
        ids,
    };
    gated(schema, stop.clone(), job.run(stop))
}

/// Hears orders as soon as the tables are known, also while the hot copies are filled: of two copies the newer stays.
fn consume(
    service: &Service,
    teller: Arc<Teller>,
    schema: Gate,
    stop: CancellationToken,
) -> impl Future<Output = anyhow::Result<()>> + Send + use<> {
    let group = Group { batch_max: BATCH_MAX, ..Group::new(GROUP, &[Topic::PizzaOrders]) };
    let handler = HearOrders { app: Arc::clone(&service.app), teller };
    let dead = DeadLetters::new(service.producer.clone(), Topic::PizzaOrdersDlq);
    let (settings, check) = (service.bus.clone(), service.health.check("kafka"));
    async move {
        if !schema.passed(&stop).await {
            return Ok(());
        }
        bus::consume(&settings, group, handler, dead, check, stop).await
    }
}

fn relay(
    service: &Service,
    teller: Arc<Teller>,
    schema: Gate,
    stop: CancellationToken,
) -> impl Future<Output = anyhow::Result<()>> + Send + use<> {
    let (settings, producer) = (service.store.clone(), service.producer.clone());
    let check = service.health.check("outbox");
    async move {
        if !schema.passed(&stop).await {
            return Ok(());
        }
        let follow_up = move |rows: Vec<store::outbox::OutboxEvent>| {
            let teller = Arc::clone(&teller);
            async move {
                teller.published(&rows).await;
                Ok(())
            }
        };
        store::relay::run(settings, producer, follow_up, check, stop).await
    }
}

async fn gated(
    gate: Gate,
    stop: CancellationToken,
    work: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    if gate.passed(&stop).await {
        work.await;
    }
    Ok(())
}
