//! Composition: `bind` opens what can fail at the start, `start` spawns what is open.
//!
//! PostgreSQL, Redis and Kafka need not be there: each part waits for what it needs, and says so in the health.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bus::Producer;
use cache::Cache;
use chassis::{Clock, Health, IdSource, Lifecycle, SystemClock, SystemIds};
use contracts::menu::v1::menu_admin_service_server::MenuAdminServiceServer;
use contracts::menu::v1::menu_service_server::MenuServiceServer;
use edge::grpc::Server;
use edge::{Verifier, listen, ops};
use secrecy::ExposeSecret as _;
use store::{Pool, StoreSettings, migrate};
use tokio::net::TcpListener;

use crate::api::{AdminApi, MenuApi};
use crate::app::App;
use crate::config::Config;
use crate::events::tell;
use crate::jobs;
use crate::storage::MIGRATIONS;

/// How long load balancers get to send new calls elsewhere.
const DRAIN: Duration = Duration::from_secs(2);
/// A product with a long composition, many links and a long description.
const LARGEST_MESSAGE: usize = 256 * 1024;

/// The service, bound but not started.
pub struct Service {
    grpc: TcpListener,
    ops: TcpListener,
    verifier: Arc<Verifier>,
    store: StoreSettings,
    pool: Pool,
    cache: Cache,
    producer: Producer,
    app: Arc<App>,
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
        Self::bind_with(config, Arc::new(SystemClock), Arc::new(SystemIds)).await
    }

    /// The same with a clock and ids of the caller's.
    pub async fn bind_with(
        config: &Config,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> anyhow::Result<Self> {
        let Config { process, store, bus, identity, own } = config;
        let verifier = identity.verifier(process.is_development())?;
        let pool = Pool::open(store).context("DATABASE_URL")?;
        let cache = Cache::open(own.redis_url.expose_secret()).context("REDIS_URL")?;
        Ok(Self {
            grpc: listen::listen(&process.host, own.grpc_port).await?,
            ops: listen::listen(&process.host, own.ops_port).await?,
            verifier: Arc::new(verifier),
            producer: Producer::new(bus).context("KAFKA_BROKERS")?,
            app: Arc::new(App::new(pool.clone(), cache.clone(), clock, ids)),
            health: Health::new(),
            store: store.clone(),
            pool,
            cache,
        })
    }

    /// Where it listens.
    pub fn addresses(&self) -> anyhow::Result<Addresses> {
        Ok(Addresses { grpc: listen::address(&self.grpc)?, ops: listen::address(&self.ops)? })
    }

    /// Spawns every part.
    pub fn start(self, lifecycle: &Lifecycle) {
        let Self { grpc, ops, verifier, store, pool, cache, producer, app, health } = self;
        let stop = lifecycle.stop_signal();

        lifecycle.spawn("schema", migrate::watch(store.clone(), || MIGRATIONS, stop.clone()));
        let (check, until) = (health.check("postgres"), stop.clone());
        lifecycle.spawn("postgres", async move { pool.watch(check, until).await });
        lifecycle.spawn("redis", cache::watch(cache, health.check("redis"), stop.clone()));
        lifecycle.spawn("outbox", tell::run(store, producer, health.check("kafka"), stop.clone()));

        let check = health.check("snapshot");
        lifecycle.spawn("follow", jobs::follow::run(Arc::clone(&app), check, stop.clone()));
        lifecycle.spawn("rebuild", jobs::rebuild::run(Arc::clone(&app), stop.clone()));
        lifecycle.spawn("shelve", jobs::shelve::run(Arc::clone(&app), stop.clone()));
        lifecycle.spawn("forget", jobs::forget::run(Arc::clone(&app), stop.clone()));

        let close = listen::drain(stop, health.clone(), DRAIN);
        lifecycle.spawn("ops", ops::serve(ops, health.clone(), close.clone()));
        let menu = MenuServiceServer::new(MenuApi::new(Arc::clone(&app)));
        let admin =
            MenuAdminServiceServer::new(AdminApi::new(app)).max_decoding_message_size(LARGEST_MESSAGE);
        let server = Server::new(verifier, health).add_service(menu).add_service(admin);
        lifecycle.spawn("grpc", server.serve(grpc, close));
    }
}
