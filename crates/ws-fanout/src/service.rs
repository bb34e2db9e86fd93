//! Composition: `bind` opens everything that can fail, `start` spawns it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App, HttpServer, web};
use anyhow::Context as _;
use bus::LogReader;
use chassis::{Check, Clock, Health, Lifecycle, SystemClock, SystemIds};
use contracts::topics::Topic;
use edge::client::Neighbour;
use edge::listen::{address, drain, listen};
use edge::ops;
use edge::rest::{Cors, no_such_route};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::board::Board;
use crate::app::hub::Hub;
use crate::config::{Config, SERVICE};
use crate::events::{Followed, Follower, watch_broker};
use crate::neighbours::orders::Orders;
use crate::socket::House;
use crate::socket::gate::TokenGate;
use crate::socket::line::Line;
use crate::socket::upgrade::{self, Door};

/// Load balancers get this long to send new sockets elsewhere.
const PAUSE_BEFORE_CLOSING: Duration = Duration::from_secs(2);
/// A write that is stuck for longer ends its socket.
const WRITE_WITHIN: Duration = Duration::from_secs(5);
/// Sockets get this long to close.
const SOCKETS_CLOSE_WITHIN: Duration = Duration::from_secs(10);
const WORKERS: usize = 2;
const REQUEST_HEAD_WITHIN: Duration = Duration::from_secs(5);

/// The service, opened and not yet working.
pub struct Service {
    sockets: TcpListener,
    ops: TcpListener,
    follower: Follower<Orders>,
    door: Door<Orders>,
    log: Check,
    health: Health,
    /// Cancelled when sockets have to close.
    closing: CancellationToken,
}

/// Where the service listens.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// Sockets.
    pub sockets: SocketAddr,
    /// Health and metrics.
    pub ops: SocketAddr,
}

impl Service {
    /// Opens ports, reads keys and settings. The broker and the order book need not be there yet.
    pub async fn bind(config: &Config) -> anyhow::Result<Self> {
        let health = Health::new();
        let Config { process, bus, identity, own } = config;
        let verifier = identity.verifier(process.is_development())?;
        let identity = Arc::new(identity.service(SERVICE, process.is_development())?);
        let book = Neighbour::connect_lazy("ORDER_CONSUMER_URL", &own.order_consumer_url, 2, identity)?;
        let orders = Arc::new(Orders::new(book));
        let topics = [Topic::OrderEvents, Topic::SlotEvents, Topic::MenuEvents];
        let reader = Arc::new(LogReader::new(bus, &topics).context("opening the log")?);
        let hub = Arc::new(Hub::new(Board::new(own.history().read_back())));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (log, closing) = (health.check("kafka"), CancellationToken::new());
        let house = House {
            hub: Arc::clone(&hub),
            orders: Arc::clone(&orders),
            gate: Box::new(TokenGate(verifier)),
            clock: Arc::clone(&clock),
            ids: Arc::new(SystemIds),
            log: log.clone(),
            queue: own.queue(),
            write_within: WRITE_WITHIN,
            stop: closing.clone(),
        };
        Ok(Self {
            sockets: listen(&process.host, own.port).await?,
            ops: listen(&process.host, own.ops_port).await?,
            follower: Follower {
                reader,
                hub,
                orders,
                clock,
                history: own.history(),
                state: health.check("live state"),
                followed: watch::Sender::new(Followed::new()),
            },
            door: Door {
                house,
                health: health.clone(),
                origins: Cors::parse(&own.allowed_origins),
                max_sockets: own.max_sockets,
                tasks: TaskTracker::new(),
            },
            log,
            health,
            closing,
        })
    }

    /// Where it listens.
    pub fn addresses(&self) -> anyhow::Result<Addresses> {
        Ok(Addresses { sockets: address(&self.sockets)?, ops: address(&self.ops)? })
    }

    /// Spawns all parts. At the end sockets are told to go elsewhere before the ports close.
    pub fn start(self, lifecycle: &Lifecycle) {
        let stop = lifecycle.stop_signal();
        let close_ports = drain(stop.clone(), self.health.clone(), PAUSE_BEFORE_CLOSING);
        let (reader, hub) = (Arc::clone(&self.follower.reader), Arc::clone(&self.follower.hub));
        let followed = self.follower.followed.subscribe();
        lifecycle.spawn("ops", ops::serve(self.ops, self.health, close_ports.clone()));
        lifecycle.spawn("broker", watch_broker(reader, hub, self.log, followed, stop));
        lifecycle.spawn("log", self.follower.run(close_ports.clone()));
        lifecycle.spawn("sockets", serve(self.sockets, self.door, self.closing, close_ports));
    }
}

async fn serve(
    listener: TcpListener,
    door: Door<Orders>,
    closing: CancellationToken,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let listener = listener.into_std().context("taking over the port of the sockets")?;
    let (tasks, max_sockets) = (door.tasks.clone(), door.max_sockets);
    let door = web::Data::new(door);
    let running = HttpServer::new(move || {
        App::new()
            .app_data(door.clone())
            .route("/api/v1/ws", web::get().to(upgrade::tablet::<Orders>))
            .route("/api/v1/erp/ws", web::get().to(upgrade::dashboard::<Orders>))
            .default_service(web::to(async || no_such_route()))
    })
    .workers(WORKERS)
    // a few more than sockets, so that one too many is told to go elsewhere
    .max_connections(max_sockets.saturating_add(1000))
    .client_request_timeout(REQUEST_HEAD_WITHIN)
    .tcp_nodelay(true)
    .on_connect(Line::keep)
    .disable_signals()
    .shutdown_timeout(1)
    .listen(listener)
    .context("opening the port of the sockets")?
    .run();
    let handle = running.handle();
    let ending = tokio::spawn(async move {
        stop.cancelled().await;
        closing.cancel();
        tasks.close();
        if tokio::time::timeout(SOCKETS_CLOSE_WITHIN, tasks.wait()).await.is_err() {
            tracing::warn!(sockets = tasks.len(), "some sockets did not close in time");
        }
        handle.stop(true).await;
    });
    let served = running.await.context("serving sockets");
    ending.abort();
    served
}
