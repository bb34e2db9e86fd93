//! Composition: `bind` opens what can fail at the start, `start` spawns what is open.
//!
//! Neighbours and stores need not be there: each part waits for what it needs, and says so in the health.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use arc_swap::ArcSwapOption;
use bus::{BusSettings, Producer};
use cache::Cache;
use chassis::{Clock, Health, IdSource, Lifecycle, SystemClock, SystemIds};
use contracts::order::order_service_server::OrderServiceServer;
use contracts::shop::v1::shop_service_server::ShopServiceServer;
use edge::client::{self, Neighbour};
use edge::grpc::{self, MAX_MESSAGE};
use edge::rest::{self, Cors, RestSettings};
use edge::{Verifier, listen, ops};
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::api::{self, OrderApi, PUBLIC, Rest, RestNeighbours, ShopApi};
use crate::app::{App, CurrentMenu, Limits, Ports};
use crate::config::{Config, SERVICE};
use crate::events::{KafkaLog, hear_menu, hear_orders};
use crate::neighbours::{MenuBook, OrderBook, SlotScheduler};

/// How long load balancers get to send new calls elsewhere.
const DRAIN: Duration = Duration::from_secs(2);
/// How long orders in placement get to reach the log; the process gets 40 s in all.
const FINISH: Duration = Duration::from_secs(15);
/// As long as gRPC gives to a call whose client sets no deadline.
const BODY: Duration = Duration::from_secs(10);
const FLUSH: Duration = Duration::from_secs(5);
/// One HTTP/2 connection is served by one task: a few share the load.
const CONNECTIONS: usize = 2;

/// The service, bound but not started.
pub struct Service {
    grpc: TcpListener,
    rest: TcpListener,
    ops: TcpListener,
    verifier: Arc<Verifier>,
    cors: Cors,
    neighbours: RestNeighbours,
    bus: BusSettings,
    producer: Producer,
    cache: Cache,
    limits: Limits,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

/// Where the service listens.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// gRPC.
    pub grpc: SocketAddr,
    /// REST.
    pub rest: SocketAddr,
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
        let Config { process, bus, identity, own } = config;
        let verifier = identity.verifier(process.is_development())?;
        let identity = Arc::new(identity.service(SERVICE, process.is_development())?);
        let neighbour =
            |variable, url: &str| Neighbour::connect_lazy(variable, url, CONNECTIONS, Arc::clone(&identity));
        Ok(Self {
            grpc: listen::listen(&process.host, own.grpc_port).await?,
            rest: listen::listen(&process.host, own.port).await?,
            ops: listen::listen(&process.host, own.ops_port).await?,
            verifier: Arc::new(verifier),
            cors: Cors::parse(&own.cors_origins),
            neighbours: RestNeighbours {
                slots: neighbour("SLOT_SCHEDULER_URL", &own.slot_scheduler_url)?,
                orders: neighbour("ORDER_CONSUMER_URL", &own.order_consumer_url)?,
                menu: neighbour("MENU_URL", &own.menu_url)?,
            },
            producer: Producer::new(bus).context("KAFKA_BROKERS")?,
            cache: Cache::open(own.redis_url.expose_secret()).context("REDIS_URL")?,
            limits: Limits { placing: own.orders_at_once, watching: own.watches_at_once },
            bus: bus.clone(),
            clock,
            ids,
        })
    }

    /// Where it listens.
    pub fn addresses(&self) -> anyhow::Result<Addresses> {
        Ok(Addresses {
            grpc: listen::address(&self.grpc)?,
            rest: listen::address(&self.rest)?,
            ops: listen::address(&self.ops)?,
        })
    }

    /// Spawns every part.
    pub fn start(self, lifecycle: &Lifecycle) {
        let (health, stop) = (Health::new(), lifecycle.stop_signal());
        let menu = Arc::new(CurrentMenu::new(ArcSwapOption::empty(), health.check("menu")));
        let close = listen::drain(stop.clone(), health.clone(), DRAIN);
        let app = Arc::new(self.app(Arc::clone(&menu), close.clone()));
        let current = Arc::clone(&menu);
        self.start_listening_to_others(lifecycle, menu, &app, &health);

        // ops answers as long as anything else is served
        let silent = CancellationToken::new();
        let serving = Arc::new(silent.clone().drop_guard());
        let orders = OrderApi::new(Arc::clone(&app));
        let pages = ShopApi::new(Arc::clone(&app));
        let server = grpc::Server::new(Arc::clone(&self.verifier), health.clone())
            .add_service(OrderServiceServer::new(orders.clone()).max_decoding_message_size(MAX_MESSAGE))
            .add_service(ShopServiceServer::new(pages.clone()).max_decoding_message_size(MAX_MESSAGE));
        let (guard, closing) = (Arc::clone(&serving), close.clone());
        lifecycle.spawn("grpc", async move {
            let _serving = guard;
            server.serve(self.grpc, closing).await
        });
        let own = Rest { orders, shop: pages, verifier: Arc::clone(&self.verifier) };
        let transcoder = api::transcoder(own, &self.neighbours);
        let menu_views = api::menu_shelf(current);
        let settings = RestSettings {
            verifier: self.verifier,
            public: PUBLIC,
            cors: self.cors,
            shelf: Some(menu_views),
            body_within: BODY,
        };
        let extra = api::health(health.clone());
        lifecycle.spawn("rest", async move {
            let _serving = serving;
            rest::serve(self.rest, transcoder, settings, extra, close).await
        });
        lifecycle.spawn("ops", ops::serve(self.ops, health, silent.clone()));
        lifecycle.spawn("placing", finish(app, self.producer, silent));
    }

    fn app(&self, menu: Arc<CurrentMenu>, close: CancellationToken) -> App {
        let ports = Ports {
            slots: Arc::new(SlotScheduler(self.neighbours.slots.clone())),
            log: Arc::new(KafkaLog(self.producer.clone())),
            orders: Arc::new(OrderBook(self.neighbours.orders.clone())),
        };
        App::new(ports, menu, Arc::clone(&self.clock), Arc::clone(&self.ids), self.limits, close)
    }

    fn start_listening_to_others(
        &self,
        lifecycle: &Lifecycle,
        menu: Arc<CurrentMenu>,
        app: &App,
        health: &Health,
    ) {
        let stop = lifecycle.stop_signal();
        let book = Arc::new(MenuBook(self.neighbours.menu.clone()));
        let missed = Arc::new(Notify::new());
        let (current, cache) = (Arc::clone(&menu), self.cache.clone());
        let ask = hear_menu::ask(current, book, cache, Arc::clone(&missed), stop.clone());
        lifecycle.spawn("menu", ask);
        lifecycle.spawn("menu-events", hear_menu::follow(menu, self.bus.clone(), missed, stop.clone()));
        lifecycle.spawn("hints", hear_orders::run(self.cache.clone(), app.hints(), stop.clone()));
        let (producer, check, until) = (self.producer.clone(), health.check("kafka"), stop.clone());
        lifecycle.spawn("kafka", async move { producer.watch(check, until).await });
        let slots = self.neighbours.slots.clone();
        lifecycle.spawn("slots", client::watch(slots, health.check("slot-scheduler"), stop));
    }
}

/// Orders in placement reach the log before the process ends.
async fn finish(app: Arc<App>, producer: Producer, silent: CancellationToken) -> anyhow::Result<()> {
    silent.cancelled().await;
    tokio::time::timeout(FINISH, app.finish()).await.context("some orders were left in placement")?;
    producer.flush(FLUSH).await.context("emptying the queue of the order log")
}
