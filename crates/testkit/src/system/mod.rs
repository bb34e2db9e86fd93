//! Every service as a process, over stores of the test's own.

mod links;
mod settings;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use self::links::Links;
pub use self::settings::SystemSettings;
use crate::process::{Process, program};
use crate::scratch::Scratch;
use crate::{Keys, Link, TestBroker, TestDb, TestPostgres, TestRedis, TestTopics, eventually, free_port};

/// The default branch, in Moscow's time.
pub const BRANCH_MAIN: &str = "01900000-0000-7000-8000-000000000001";
/// The second branch of the demo, in Novosibirsk's time.
pub const BRANCH_NOVOSIBIRSK: &str = "01900000-0000-7000-8000-000000000002";

/// A restarted order-consumer first copies every live order to Redis, and begins anew when one copy failed meanwhile:
/// a debug build takes 40 s for 19,500 orders on a slow processor.
const READY: Duration = Duration::from_mins(3);

/// The order in which services start: who is asked comes before who asks.
const SERVICES: [&str; 5] = ["menu", "slot-scheduler", "order-consumer", "order-gateway", "ws-fanout"];

/// The whole system with the demo pizzeria, looked at and broken from outside.
#[derive(Debug)]
pub struct System {
    services: BTreeMap<String, Process>,
    ports: BTreeMap<String, Ports>,
    settings: SystemSettings,
    links: Links,
    /// Its PostgreSQL cluster; `None` when it uses the shared one.
    pub postgres: Option<TestPostgres>,
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
    folder: Scratch,
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
        Self::with(SystemSettings::default()).await
    }

    /// Starts everything on a broker of its own, which can be killed.
    pub async fn with_own_broker() -> Self {
        Self::with(SystemSettings { own_broker: true, ..SystemSettings::default() }).await
    }

    /// Starts everything as the settings say, and loads the demo.
    pub async fn with(settings: SystemSettings) -> Self {
        let mut links = Links::default();
        let broker = match (settings.links, settings.own_broker) {
            (true, _) => Some(links.broker().await),
            (false, true) => Some(TestBroker::start().await),
            (false, false) => None,
        };
        let topics = match &broker {
            Some(broker) => TestTopics::on(&broker.brokers()).await,
            None => TestTopics::fresh().await,
        };
        let postgres = if settings.own_postgres { Some(TestPostgres::start().await) } else { None };
        let db = match &postgres {
            Some(postgres) => TestDb::on(&postgres.url()).await,
            None => TestDb::fresh().await,
        };
        let (redis, keys) = (TestRedis::start().await, Keys::fresh());
        let folder = Scratch::new("system");
        std::fs::write(folder.path().join("jwt-private.pem"), keys.private_pem()).unwrap();
        std::fs::write(folder.path().join("jwt-public.pem"), keys.public_pem()).unwrap();
        let mut system = Self {
            services: BTreeMap::new(),
            ports: SERVICES.into_iter().map(|name| (name.to_owned(), Ports::free())).collect(),
            settings,
            links,
            postgres,
            db,
            redis,
            broker,
            topics,
            keys,
            http: reqwest::Client::new(),
            folder,
        };
        system.put_links().await;
        system.open().await;
        system
    }

    /// Everything that services and clients reach, they reach through links.
    async fn put_links(&mut self) {
        if !self.settings.links {
            return;
        }
        self.links.add("postgres", self.db.url()).await;
        self.links.add("redis", &self.redis.url()).await;
        for name in ["menu", "slot-scheduler", "order-consumer", "order-gateway"] {
            self.links.add(name, &format!("http://127.0.0.1:{}", self.port_of(name).grpc)).await;
        }
        for (name, service) in [("rest", "order-gateway"), ("sockets", "ws-fanout")] {
            self.links.add(name, &format!("127.0.0.1:{}", self.port_of(service).http)).await;
        }
    }

    async fn open(&mut self) {
        for name in SERVICES {
            let process = self.process(name, name);
            if matches!(name, "menu" | "slot-scheduler" | "order-consumer") {
                process.run("migrate");
            }
            self.services.insert(name.to_owned(), process);
            self.resume(name);
        }
        for name in SERVICES {
            if name == "order-gateway" {
                // Without a menu the gateway is not ready.
                self.process("xtask", "xtask").run("demo");
            }
            self.ready(name).await;
        }
        self.has_one_menu("order-gateway").await;
    }

    /// Starts one more instance of a service beside those that run, and waits until it is ready; answers its name.
    pub async fn add(&mut self, service: &str) -> String {
        self.add_with(service, &[]).await
    }

    /// The same with more variables in the environment of that instance, which win over the usual ones.
    pub async fn add_with(&mut self, service: &str, environment: &[(&str, String)]) -> String {
        let number = 2 + self.services.keys().filter(|name| name.starts_with(&format!("{service}-"))).count();
        let name = format!("{service}-{number}");
        self.ports.insert(name.clone(), Ports::free());
        let process = self.process(&name, service);
        let process =
            environment.iter().fold(process, |process, (name, value)| process.env(name, value.clone()));
        self.services.insert(name.clone(), process);
        self.resume(&name);
        self.ready(&name).await;
        if service == "order-gateway" {
            self.has_one_menu(&name).await;
        }
        name
    }

    /// Names of all instances that were ever started.
    pub fn names(&self) -> Vec<String> {
        self.services.keys().cloned().collect()
    }

    /// Waits until a gateway sells what menu offers.
    async fn has_one_menu(&self, gateway: &str) {
        let soon = Duration::from_secs(10);
        eventually("the gateway has the newest menu", soon, async || {
            let offered = self.metric("menu", "menu_revision").await;
            offered.is_some() && offered == self.metric(gateway, "menu_revision").await
        })
        .await;
    }

    /// A number that a service tells on its ops port; `None` before it has one.
    pub async fn metric(&self, service: &str, name: &str) -> Option<String> {
        let url = format!("http://127.0.0.1:{}/metrics", self.port_of(service).ops);
        let text = self.http.get(&url).send().await.ok()?.text().await.ok()?;
        text.lines().find_map(|line| line.strip_prefix(name)?.rsplit(' ').next().map(ToOwned::to_owned))
    }

    /// The same, summed over all labels.
    pub async fn total(&self, service: &str, name: &str) -> Option<f64> {
        let url = format!("http://127.0.0.1:{}/metrics", self.port_of(service).ops);
        let text = self.http.get(&url).send().await.ok()?.text().await.ok()?;
        let lines = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('{'));
        let values: Vec<f64> = lines.filter_map(|line| line.rsplit(' ').next()?.parse().ok()).collect();
        (!values.is_empty()).then(|| values.iter().sum())
    }

    fn process(&self, name: &str, service: &str) -> Process {
        let ports = self.ports.get(name).copied().unwrap_or_else(Ports::free);
        let folder = self.folder.path();
        let own = self.settings.environment.iter().filter(|(of, _, _)| *of == service);
        let services = self.settings.services.as_deref().filter(|_| SERVICES.contains(&service));
        let process = Process::new(name, program(services, service), folder)
            .on_processors(self.settings.processors)
            .env("HOST", "127.0.0.1")
            .env("PORT", ports.http.to_string())
            .env("GRPC_PORT", ports.grpc.to_string())
            .env("OPS_PORT", ports.ops.to_string());
        let process = self
            .surroundings(folder)
            .into_iter()
            .fold(process, |process, (name, value)| process.env(name, value));
        own.fold(process, |process, (_, name, value)| process.env(name, value))
    }

    /// What all services are told alike.
    fn surroundings(&self, folder: &Path) -> [(&'static str, String); 14] {
        [
            ("ENV", "development".to_owned()),
            ("DATABASE_URL", self.links.way("postgres", self.db.url().to_owned())),
            ("REDIS_URL", self.links.way("redis", self.redis.url())),
            ("KAFKA_BROKERS", self.links.way("kafka", self.topics.brokers().to_owned())),
            ("KAFKA_TOPIC_PREFIX", self.topics.prefix().to_owned()),
            ("JWT_PUBLIC_KEY", self.keys.public_pem().to_owned()),
            ("JWT_PRIVATE_KEY", folder.join("jwt-private.pem").display().to_string()),
            ("INTERNAL_SECRET", self.keys.internal_secret().to_owned()),
            ("SLOT_SCHEDULER_URL", self.grpc("slot-scheduler")),
            ("ORDER_CONSUMER_URL", self.grpc("order-consumer")),
            ("MENU_URL", self.grpc("menu")),
            ("GATEWAY_GRPC_URL", self.grpc("order-gateway")),
            ("LOG_FORMAT", "json".to_owned()),
            ("RUST_LOG", self.settings.log.to_owned()),
        ]
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

    /// The same with more variables in its environment, for this life only.
    pub fn resume_with(&mut self, name: &str, environment: &[(&str, &str)]) {
        self.services.get_mut(name).unwrap().start_with(environment);
    }

    /// Whether a service's process runs.
    pub fn is_alive(&mut self, name: &str) -> bool {
        self.services.get_mut(name).unwrap().is_alive()
    }

    /// The process number of a service that runs.
    pub fn pid(&self, name: &str) -> Option<u32> {
        self.services.get(name).unwrap().pid()
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

    /// Whether a service answers at all: it has opened its ports, ready or not.
    pub async fn answers(&self, name: &str) -> bool {
        let url = format!("http://127.0.0.1:{}/healthz", self.port_of(name).ops);
        self.http.get(&url).send().await.is_ok()
    }

    /// Whether a service says it is ready now.
    pub async fn is_ready(&self, name: &str) -> bool {
        let url = format!("http://127.0.0.1:{}/readyz", self.port_of(name).ops);
        self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success())
    }

    /// The link before a store ("postgres", "redis", "kafka"), a service's gRPC ("order-gateway"), the gateway's
    /// REST ("rest") or the screens' sockets ("sockets").
    pub fn link(&self, name: &str) -> &Link {
        self.links.get(name)
    }

    /// Makes every link good again.
    pub fn heal(&self) {
        self.links.all().for_each(Link::heal);
    }

    /// Address of a service's gRPC.
    pub fn grpc(&self, name: &str) -> String {
        self.links.way(name, format!("http://127.0.0.1:{}", self.port_of(name).grpc))
    }

    /// Address of the gateway's REST.
    pub fn rest(&self, path: &str) -> String {
        let host = self.links.way("rest", format!("127.0.0.1:{}", self.port_of("order-gateway").http));
        format!("http://{host}{path}")
    }

    /// Address of one instance's REST.
    pub fn rest_of(&self, name: &str, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port_of(name).http)
    }

    /// Address of a tablet's socket.
    pub fn tablet_url(&self) -> String {
        self.socket("/api/v1/ws")
    }

    /// Address of a dashboard's socket.
    pub fn dashboard_url(&self) -> String {
        self.socket("/api/v1/erp/ws")
    }

    fn socket(&self, path: &str) -> String {
        let host = self.links.way("sockets", format!("127.0.0.1:{}", self.port_of("ws-fanout").http));
        format!("ws://{host}{path}")
    }

    /// Everything a service has logged.
    pub fn log(&self, name: &str) -> String {
        self.services.get(name).unwrap().log_text()
    }

    /// Where the logs of the services are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
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
