//! Composition: `bind` opens all that can fail, `start` spawns it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bus::{BusSettings, DeadLetters, Producer};
use cache::Cache;
use chassis::clock::{Clock, IdSource};
use chassis::{Health, Lifecycle, SystemClock, SystemIds};
use contracts::record::LARGEST_DRAFT;
use contracts::slots::v1::slot_service_server::SlotServiceServer;
use domain::calendar::OpeningHours;
use edge::{Verifier, grpc, listen, ops};
use secrecy::ExposeSecret as _;
use store::{Pool, StoreSettings, migrate, relay};
use tokio::net::TcpListener;

use crate::api::SlotApi;
use crate::app::Slots;
use crate::config::Config;
use crate::events::hear_log::{GROUP, HearLog};
use crate::events::log_ends::BrokerEnds;
use crate::events::tell::tell;
use crate::jobs;
use crate::storage::MIGRATIONS;
use crate::storage::redis::SlotStore;

/// A priced order, and what surrounds it.
const LARGEST_MESSAGE: usize = 2 * LARGEST_DRAFT;
/// Load balancers send new work elsewhere meanwhile.
const DRAIN: Duration = Duration::from_secs(2);

/// Everything that is open, and serves nothing yet.
pub struct Service {
    slots: Arc<Slots>,
    grpc: TcpListener,
    ops: TcpListener,
    verifier: Arc<Verifier>,
    store: StoreSettings,
    pool: Pool,
    cache: Cache,
    bus: BusSettings,
    producer: Producer,
    first_hours: OpeningHours,
}

impl Service {
    /// Opens ports and clients; the stores may be away.
    pub async fn bind(config: Config) -> anyhow::Result<Self> {
        Self::bind_with(config, Arc::new(SystemClock), Arc::new(SystemIds)).await
    }

    /// The same with a clock and ids of the caller's.
    pub async fn bind_with(
        config: Config,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> anyhow::Result<Self> {
        let Config { process, store, bus, identity, own } = config;
        let pool = Pool::open(&store).context("opening the database")?;
        let cache = Cache::open(own.redis_url.expose_secret()).context("opening Redis")?;
        let verifier = identity.verifier(process.is_development())?;
        Ok(Self {
            slots: Arc::new(Slots::new(pool.clone(), SlotStore::new(cache.clone()), clock, ids, tell)),
            grpc: listen::listen(&process.host, own.grpc_port).await?,
            ops: listen::listen(&process.host, own.ops_port).await?,
            verifier: Arc::new(verifier),
            producer: Producer::new(&bus).context("opening Kafka")?,
            first_hours: own.first_hours()?,
            store,
            pool,
            cache,
            bus,
        })
    }

    /// Where the gRPC server can be reached.
    pub fn grpc_addr(&self) -> anyhow::Result<SocketAddr> {
        listen::address(&self.grpc)
    }

    /// Starts every part.
    pub fn start(self, lifecycle: &Lifecycle) {
        let stop = lifecycle.stop_signal();
        let health = Health::new();
        let close = listen::drain(stop.clone(), health.clone(), DRAIN);
        let ends = Arc::new(BrokerEnds::new(self.bus.clone()));

        let api = SlotServiceServer::new(SlotApi::new(Arc::clone(&self.slots)))
            .max_decoding_message_size(LARGEST_MESSAGE);
        let server = grpc::Server::new(self.verifier, health.clone()).add_service(api);
        lifecycle.spawn("grpc", server.serve(self.grpc, close.clone()));
        lifecycle.spawn("ops", ops::serve(self.ops, health.clone(), close));

        lifecycle.spawn("schema", migrate::watch(self.store.clone(), || MIGRATIONS, stop.clone()));
        let (pool, check) = (self.pool, health.check("postgres"));
        let until = stop.clone();
        lifecycle.spawn("postgres", async move { pool.watch(check, until).await });
        lifecycle.spawn("redis", cache::watch(self.cache, health.check("redis"), stop.clone()));

        let heard = HearLog::new(Arc::clone(&self.slots));
        let (bus, check, until) = (self.bus, health.check("log"), stop.clone());
        lifecycle.spawn("log", async move {
            bus::consume(&bus, GROUP, heard, DeadLetters::log_only(), check, until).await
        });
        let check = health.check("outbox");
        let nothing = |_| async { Ok(()) };
        lifecycle.spawn("outbox", relay::run(self.store, self.producer, nothing, check, stop.clone()));

        let slots = self.slots;
        let check = health.check("branches");
        lifecycle.spawn("refresh", jobs::refresh(Arc::clone(&slots), self.first_hours, check, stop.clone()));
        lifecycle.spawn("expire", jobs::expire(Arc::clone(&slots), Arc::clone(&ends), stop.clone()));
        let check = health.check("slots");
        lifecycle.spawn("rebuild", jobs::rebuild(Arc::clone(&slots), ends, check, stop.clone()));
        lifecycle.spawn("finish", jobs::finish(slots, stop));
    }
}
