//! The service over stores of the test's own, and what its neighbours see of it.

use std::net::SocketAddr;
use std::time::Duration;

use bus::{From, LogReader, OutRecord, Producer};
use chassis::settings::Process;
use chassis::telemetry::LogFormat;
use chassis::{Lifecycle, TraceContext};
use contracts::events::v1::OrderEvent;
use contracts::order::PizzaOrder;
use contracts::orders::v1::GetOrderRequest;
use contracts::orders::v1::order_book_service_client::OrderBookServiceClient;
use contracts::topics::Topic;
use edge::IdentitySettings;
use order_consumer::config::{Config, Own, SCHEMA, SERVICE};
use order_consumer::service::Service;
use order_consumer::storage::MIGRATIONS;
use prost::Message as _;
use store::StoreSettings;
use testkit::{Keys, TestDb, TestRedis, TestTopics, eventually};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Request;
use tonic::transport::Channel;
use uuid::Uuid;

/// Long enough for a group to form on a busy machine.
pub const SOON: Duration = Duration::from_secs(40);

/// Stores, keys, and the service while it runs.
pub struct House {
    pub db: TestDb,
    pub redis: TestRedis,
    pub topics: TestTopics,
    pub keys: Keys,
    producer: Producer,
    running: Option<Running>,
}

struct Running {
    stop: CancellationToken,
    ended: JoinHandle<anyhow::Result<()>>,
    grpc: SocketAddr,
    ops: SocketAddr,
}

/// The order book's client.
pub type Client = OrderBookServiceClient<Channel>;

impl House {
    /// Stores with tables; the service is not started.
    pub async fn new() -> Self {
        Self::over(TestTopics::fresh().await).await
    }

    /// The same over topics of the test's own broker.
    pub async fn over(topics: TestTopics) -> Self {
        let (db, redis) = tokio::join!(TestDb::fresh(), TestRedis::start());
        let producer = Producer::new(&topics.settings("test")).unwrap();
        let house = Self { db, redis, topics, keys: Keys::fresh(), producer, running: None };
        store::migrate::run(&house.config().store, MIGRATIONS).await.unwrap();
        house
    }

    /// Stores with tables, and the service at work.
    pub async fn start() -> Self {
        let mut house = Self::new().await;
        house.resume().await;
        house.ready().await;
        house
    }

    /// What the environment would say.
    pub fn config(&self) -> Config {
        Config {
            process: Process {
                env: "development".to_owned(),
                host: "127.0.0.1".to_owned(),
                log_format: LogFormat::Auto,
                rust_log: "info".to_owned(),
            },
            store: StoreSettings { pool_size: 4, ..StoreSettings::new(self.db.url().into(), SCHEMA) },
            bus: self.topics.settings(SERVICE),
            identity: IdentitySettings {
                jwt_public_key: self.keys.public_pem().to_owned(),
                internal_secret: self.keys.internal_secret().into(),
            },
            own: Own { grpc_port: 0, ops_port: 0, redis_url: self.redis.url().into() },
        }
    }

    /// Starts the service.
    pub async fn resume(&mut self) {
        let lifecycle = Lifecycle::new(Duration::from_secs(20));
        let service = Service::bind(&self.config()).await.unwrap();
        let addresses = service.addresses().unwrap();
        service.start(&lifecycle);
        let stop = lifecycle.stop_signal();
        let ended = tokio::spawn(lifecycle.run_until_stopped());
        self.running = Some(Running { stop, ended, grpc: addresses.grpc, ops: addresses.ops });
    }

    /// Asks the service to end and waits until it has.
    pub async fn stop(&mut self) {
        let running = self.running.take().unwrap();
        running.stop.cancel();
        // asked from within, the life cycle calls every end an early one
        let _ = running.ended.await.unwrap();
    }

    /// How the service ended by itself.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        tokio::time::timeout(SOON, self.running.take().unwrap().ended).await.unwrap().unwrap()
    }

    /// Whether it says it can work.
    pub async fn is_ready(&self) -> bool {
        self.health().await.is_some_and(|health| health["ready"] == true)
    }

    /// What `/readyz` says.
    pub async fn health(&self) -> Option<serde_json::Value> {
        let url = format!("http://{}/readyz", self.running.as_ref().unwrap().ops);
        let text = reqwest::get(url).await.ok()?.text().await.ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Waits until it can work.
    pub async fn ready(&self) {
        eventually("the service is ready", SOON, async || self.is_ready().await).await;
    }

    /// A client of the service.
    pub async fn client(&self) -> Client {
        let address = format!("http://{}", self.running.as_ref().unwrap().grpc);
        OrderBookServiceClient::connect(address).await.unwrap()
    }

    /// Commits orders to the log, as the gateway does.
    pub async fn commit(&self, orders: &[&PizzaOrder]) {
        let records = orders.iter().map(|order| record(order, order.encode_to_vec()));
        self.producer.send_all(records.collect()).await.unwrap();
    }

    /// Writes whatever bytes to the log, under the order's key.
    pub async fn commit_bytes(&self, order: &PizzaOrder, payload: Vec<u8>) {
        self.producer.send(record(order, payload)).await.unwrap();
    }

    /// Commits orders and waits until they are stored and told of.
    pub async fn place(&self, orders: &[&PizzaOrder]) {
        let mut events = self.events().await;
        self.commit(orders).await;
        for order in orders {
            events.of(order, 1).await;
        }
    }

    /// Everything on `order-events`, from the beginning.
    pub async fn events(&self) -> Events {
        let reader = LogReader::new(&self.topics.settings("events"), &[Topic::OrderEvents]).unwrap();
        reader.follow_all(From::Beginning).await.unwrap();
        Events { reader, heard: Vec::new() }
    }

    /// One number from the database.
    pub async fn count(&self, query: &str) -> i64 {
        use diesel::sql_types::Int8;
        use diesel_async::RunQueryDsl as _;
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = Int8)]
            count: i64,
        }
        let mut conn = self.db.connect("orders").await;
        let found: Count = diesel::sql_query(query).get_result(&mut conn).await.unwrap();
        found.count
    }
}

fn record(order: &PizzaOrder, payload: Vec<u8>) -> OutRecord {
    OutRecord {
        topic: Topic::PizzaOrders,
        key: order.id.clone(),
        payload,
        event_id: order.id.parse().unwrap(),
        message: Topic::PizzaOrders.message(),
        trace: TraceContext::parse(TRACE),
        extra_headers: Vec::new(),
    }
}

/// The trace of every test order.
pub const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A reader of `order-events`.
pub struct Events {
    reader: LogReader,
    pub heard: Vec<(OrderEvent, Option<TraceContext>)>,
}

impl Events {
    /// The event of an order's version.
    pub async fn of(&mut self, order: &PizzaOrder, version: i64) -> OrderEvent {
        self.until(|event| event.order_id == order.id && event.version == version).await
    }

    /// The first event that fits, heard already or still to come.
    pub async fn until(&mut self, fits: impl Fn(&OrderEvent) -> bool) -> OrderEvent {
        if let Some((event, _)) = self.heard.iter().find(|(event, _)| fits(event)) {
            return event.clone();
        }
        loop {
            let next = tokio::time::timeout(SOON, self.reader.next()).await;
            let Ok(message) = next else {
                let heard: Vec<_> =
                    self.heard.iter().map(|(event, _)| (&event.order_id, event.version)).collect();
                panic!("no such event, but {heard:?}")
            };
            let message = message.unwrap();
            let event = OrderEvent::decode(message.payload.as_ref()).unwrap();
            assert_eq!(message.key.as_deref(), Some(event.branch_id.as_bytes()));
            assert_eq!(message.headers.event_id().map(|id| id.to_string()).as_ref(), Some(&event.event_id));
            self.heard.push((event.clone(), message.headers.trace()));
            if fits(&event) {
                return event;
            }
        }
    }

    /// How many of the events heard so far are of an order's version.
    pub fn count(&self, order: &PizzaOrder, version: i64) -> usize {
        let same = |event: &OrderEvent| event.order_id == order.id && event.version == version;
        self.heard.iter().filter(|(event, _)| same(event)).count()
    }
}

/// A request with a token.
pub fn signed<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

/// A request with a token and an idempotency key.
pub fn keyed<T>(token: &str, key: &str, message: T) -> Request<T> {
    let mut request = signed(token, message);
    request.metadata_mut().insert("idempotency-key", key.parse().unwrap());
    request
}

/// Asks for one order.
pub fn get(order: &PizzaOrder) -> GetOrderRequest {
    GetOrderRequest { order_id: order.id.clone(), role: String::new() }
}

/// Reason and facts of a refusal.
pub fn refusal(status: &tonic::Status) -> (tonic::Code, String, std::collections::HashMap<String, String>) {
    use tonic_types::StatusExt as _;
    let details = status.get_error_details();
    let info = details.error_info().cloned().unwrap();
    (status.code(), info.reason, info.metadata)
}

/// The token of a neighbour.
pub fn neighbour(keys: &Keys) -> String {
    let secret = keys.internal_secret().to_owned().into();
    let identity = edge::ServiceIdentity::new("ws-fanout", &secret, true).unwrap();
    let header = identity.header().unwrap();
    header.to_str().unwrap().trim_start_matches("Bearer ").to_owned()
}

/// A person of the staff with one role in the main branch.
pub fn person(keys: &Keys, role: &str) -> (Uuid, String) {
    let subject = testkit_id();
    let branches = Some(vec![testkit::BRANCH_MAIN.to_owned()]);
    let request =
        testkit::TokenRequest { branches, subject: Some(subject), ..testkit::TokenRequest::of(role) };
    (subject, keys.sign(&request))
}

fn testkit_id() -> Uuid {
    use chassis::IdSource as _;
    chassis::SystemIds.new_v7(crate::builders::now())
}
