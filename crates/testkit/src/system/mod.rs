//! Every service as a process, over stores of the test's own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use crate::process::{Process, binary};
use crate::scratch::Scratch;
use crate::{Keys, TestBroker, TestDb, TestRedis, TestTopics, eventually, free_port};

/// The default branch, in Moscow's time.
pub const BRANCH_MAIN: &str = "01900000-0000-7000-8000-000000000001";
/// The second branch of the demo, in Novosibirsk's time.
pub const BRANCH_NOVOSIBIRSK: &str = "01900000-0000-7000-8000-000000000002";

const READY: Duration = Duration::from_mins(1);

/// The order in which services start: who is asked comes before who asks.
const SERVICES: [&str; 5] = ["menu", "slot-scheduler", "order-consumer", "order-gateway", "ws-fanout"];

/// The whole system with the demo pizzeria, looked at and broken from outside.
#[derive(Debug)]
pub struct System {
    services: BTreeMap<&'static str, Process>,
    ports: BTreeMap<&'static str, Ports>,
    /// The database of all services.
    pub db: TestDb,
    /// Its Redis.
    pub redis: TestRedis,
    /// Its Kafka node; `None` when it uses the shared one.
    pub broker: Option<TestBroker>,
    /// Its topics.
    pub topics: TestTopics,
    /// Its keys.
    pub keys: Keys,
    http: reqwest::Client,
    // the logs and keys of the services go when they have ended
    _folder: Scratch,
    _turn: Turn,
}

static TURNS: LazyLock<Arc<RwLock<()>>> = LazyLock::new(Arc::default);

/// When a system may run: beside others, or alone.
#[derive(Debug)]
enum Turn {
    BesideOthers { _shared: OwnedRwLockReadGuard<()> },
    Alone { _exclusive: OwnedRwLockWriteGuard<()> },
}

impl Turn {
    async fn beside_others() -> Self {
        Self::BesideOthers { _shared: Arc::clone(&TURNS).read_owned().await }
    }

    async fn alone() -> Self {
        Self::Alone { _exclusive: Arc::clone(&TURNS).write_owned().await }
    }
}

#[derive(Clone, Copy, Debug)]
struct Ports {
    http: u16,
    grpc: u16,
    ops: u16,
}

impl System {
    /// Starts everything on the shared broker and loads the demo.
    pub async fn start() -> Self {
        let turn = Turn::beside_others().await;
        Self::over(None, turn).await
    }

    /// Starts everything on a broker of its own, which can be killed.
    pub async fn with_own_broker() -> Self {
        let turn = Turn::beside_others().await;
        Self::over(Some(TestBroker::start().await), turn).await
    }

    /// The same, while no other system of this test run is there: for load that would starve the others.
    pub async fn alone_with_own_broker() -> Self {
        let turn = Turn::alone().await;
        Self::over(Some(TestBroker::start().await), turn).await
    }

    async fn over(broker: Option<TestBroker>, turn: Turn) -> Self {
        let topics = match &broker {
            Some(broker) => TestTopics::on(&broker.brokers()).await,
            None => TestTopics::fresh().await,
        };
        let (db, redis, keys) = (TestDb::fresh().await, TestRedis::start().await, Keys::fresh());
        let ports: BTreeMap<_, _> = SERVICES.into_iter().map(|name| (name, Ports::free())).collect();
        let kept = Scratch::new("system");
        let folder = kept.path().to_path_buf();
        std::fs::write(folder.join("jwt-private.pem"), keys.private_pem()).unwrap();
        std::fs::write(folder.join("jwt-public.pem"), keys.public_pem()).unwrap();
        let mut system = Self {
            services: BTreeMap::new(),
            ports,
            db,
            redis,
            broker,
            topics,
            keys,
            http: reqwest::Client::new(),
            _folder: kept,
            _turn: turn,
        };
        for name in SERVICES {
            let process = system.process(name, binary(name), &folder);
            if matches!(name, "menu" | "slot-scheduler" | "order-consumer") {
                process.run("migrate");
            }
            system.services.insert(name, process);
            system.resume(name);
        }
        for name in SERVICES {
            if name == "order-gateway" {
                // Without a menu the gateway is not ready.
                system.process("xtask", binary("xtask"), &folder).run("demo");
            }
            system.ready(name).await;
        }
        system.has_one_menu().await;
        system
    }

    /// Waits until the gateway sells what menu offers.
    async fn has_one_menu(&self) {
        let soon = Duration::from_secs(10);
        eventually("the gateway has the newest menu", soon, async || {
            let offered = self.metric("menu", "menu_revision").await;
            offered.is_some() && offered == self.metric("order-gateway", "menu_revision").await
        })
        .await;
    }

    /// A number that a service tells on its ops port; `None` before it has one.
    async fn metric(&self, service: &str, name: &str) -> Option<String> {
        let url = format!("http://127.0.0.1:{}/metrics", self.port_of(service).ops);
        let text = self.http.get(&url).send().await.ok()?.text().await.ok()?;
        text.lines().find_map(|line| line.strip_prefix(name)?.rsplit(' ').next().map(ToOwned::to_owned))
    }

    fn process(&self, name: &'static str, program: PathBuf, folder: &std::path::Path) -> Process {
        let ports = self.ports.get(name).copied().unwrap_or_else(Ports::free);
        let url = |service: &str| format!("http://127.0.0.1:{}", self.port_of(service).grpc);
        Process::new(name, program, folder)
            .env("ENV", "development")
            .env("HOST", "127.0.0.1")
            .env("PORT", ports.http.to_string())
            .env("GRPC_PORT", ports.grpc.to_string())
            .env("OPS_PORT", ports.ops.to_string())
            .env("DATABASE_URL", self.db.url())
            .env("REDIS_URL", self.redis.url())
            .env("KAFKA_BROKERS", self.topics.brokers())
            .env("KAFKA_TOPIC_PREFIX", self.topics.prefix())
            .env("JWT_PUBLIC_KEY", self.keys.public_pem())
            .env("JWT_PRIVATE_KEY", folder.join("jwt-private.pem").display().to_string())
            .env("INTERNAL_SECRET", self.keys.internal_secret())
            .env("SLOT_SCHEDULER_URL", url("slot-scheduler"))
            .env("ORDER_CONSUMER_URL", url("order-consumer"))
            .env("MENU_URL", url("menu"))
            .env("GATEWAY_GRPC_URL", url("order-gateway"))
            .env("LOG_FORMAT", "json")
            .env("RUST_LOG", "info,orders=debug")
    }

    /// `kill -9` of one service.
    pub fn kill(&mut self, name: &str) {
        self.services.get_mut(name).unwrap().kill();
    }

    /// Asks one service to end, and waits for it.
    pub fn terminate(&mut self, name: &str) {
        self.services.get_mut(name).unwrap().terminate();
    }

    /// Starts a service that was ended.
    pub fn resume(&mut self, name: &str) {
        self.services.get_mut(name).unwrap().start();
    }

    /// Waits until a service says it is ready.
    pub async fn ready(&mut self, name: &str) {
        let url = format!("http://127.0.0.1:{}/readyz", self.port_of(name).ops);
        let http = self.http.clone();
        let process = self.services.get_mut(name).unwrap();
        eventually(&format!("{name} is ready"), READY, async || {
            assert!(process.is_alive(), "{name} ended by itself: {}", process.log_path().display());
            http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }

    /// Whether a service says it is ready now.
    pub async fn is_ready(&self, name: &str) -> bool {
        let url = format!("http://127.0.0.1:{}/readyz", self.port_of(name).ops);
        self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success())
    }

    /// Address of a service's gRPC.
    pub fn grpc(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}", self.port_of(name).grpc)
    }

    /// Address of the gateway's REST.
    pub fn rest(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port_of("order-gateway").http)
    }

    /// Address of a tablet's socket.
    pub fn tablet_url(&self) -> String {
        format!("ws://127.0.0.1:{}/api/v1/ws", self.port_of("ws-fanout").http)
    }

    /// Address of a dashboard's socket.
    pub fn dashboard_url(&self) -> String {
        format!("ws://127.0.0.1:{}/api/v1/erp/ws", self.port_of("ws-fanout").http)
    }

    /// Everything a service has logged.
    pub fn log(&self, name: &str) -> String {
        self.services.get(name).unwrap().log_text()
    }

    fn port_of(&self, name: &str) -> Ports {
        *self.ports.get(name).unwrap()
    }
}

impl Ports {
    fn free() -> Self {
        Self { http: free_port(), grpc: free_port(), ops: free_port() }
    }
}
