//! One instance of the service over topics of the test's own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bus::{OutRecord, Producer};
use chassis::settings::Process;
use chassis::telemetry::LogFormat;
use chassis::{Clock as _, IdSource as _, Lifecycle, SystemClock, SystemIds, TraceContext};
use chrono::{DateTime, Utc};
use contracts::events::v1::order_event::Type;
use contracts::events::v1::slot_event::What;
use contracts::events::v1::{OrderEvent, SlotEvent};
use contracts::order::PizzaOrder;
use contracts::slots::v1::Slot;
use contracts::topics::Topic;
use edge::IdentitySettings;
use prost::Message as _;
use serde_json::Value;
use testkit::{Keys, Tablet, TestTopics, TokenRequest, eventually_some};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use ws_fanout::config::{Config, Own, SERVICE};
use ws_fanout::service::Service;

use crate::book::{self, Book};

pub const MAIN: &str = "01900000-0000-7000-8000-000000000001";
pub const OTHER: &str = "01900000-0000-7000-8000-000000000002";

/// How long anything may take before the test fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The service and everything around it.
pub struct Stage {
    pub keys: Keys,
    pub producer: Producer,
    pub book: Arc<Book>,
    pub config: Config,
    running: Option<(SocketAddr, CancellationToken, Lifecycle)>,
}

impl Stage {
    /// A running service; the order book knows these orders.
    pub async fn start(orders: Vec<PizzaOrder>) -> Self {
        let mut stage = Self::set(orders, TestTopics::fresh().await).await;
        stage.raise().await;
        stage
    }

    /// Everything but the service itself.
    pub async fn set(orders: Vec<PizzaOrder>, topics: TestTopics) -> Self {
        let (keys, book) = (Keys::fresh(), Arc::new(Book::default()));
        book.orders.lock().unwrap().extend(orders.into_iter().map(|order| (order.id.clone(), order)));
        let address = book::serve(Arc::clone(&book)).await;
        let producer = Producer::new(&topics.settings("test")).unwrap();
        let config = config(&topics, &keys, &format!("http://{address}"));
        Self { keys, producer, book, config, running: None }
    }

    /// Starts the service.
    pub async fn raise(&mut self) {
        let service = Service::bind(&self.config).await.unwrap();
        let address = service.addresses().unwrap().sockets;
        let lifecycle = Lifecycle::new(PATIENCE);
        service.start(&lifecycle);
        self.running = Some((address, lifecycle.stop_signal(), lifecycle));
    }

    /// Asks the service to end.
    pub fn lower(&mut self) {
        let (_, stop, _) = self.running.take().unwrap();
        stop.cancel();
    }

    /// Ends the service: how long it took.
    pub async fn end(&mut self) -> Duration {
        let (_, stop, lifecycle) = self.running.take().unwrap();
        let begin = Instant::now();
        stop.cancel();
        // it says that it was no signal that ended it
        let _ = lifecycle.run_until_stopped().await;
        begin.elapsed()
    }

    pub fn tablet_url(&self) -> String {
        self.url("/api/v1/ws")
    }

    pub fn dashboard_url(&self) -> String {
        self.url("/api/v1/erp/ws")
    }

    /// A socket, once the service lets sockets in.
    pub async fn connect(&self, url: &str, token: &str) -> Tablet {
        eventually_some("the service lets sockets in", PATIENCE, async || {
            Tablet::try_connect(url, token).await
        })
        .await
    }

    /// A cook's tablet in the main branch, its snapshot taken.
    pub async fn tablet(&self) -> Tablet {
        let mut tablet = self.connect(&self.tablet_url(), &self.cook()).await;
        snapshot(&mut tablet).await;
        tablet
    }

    /// A manager's dashboard of the main branch, its snapshot taken.
    pub async fn dashboard(&self) -> Tablet {
        let mut dashboard = self.connect(&self.dashboard_url(), &self.keys.token("manager", MAIN)).await;
        snapshot(&mut dashboard).await;
        dashboard
    }

    pub fn cook(&self) -> String {
        self.keys.token("cook", MAIN)
    }

    /// A token of a device in the main branch.
    pub fn device(&self, subject: uuid::Uuid) -> String {
        let branches = Some(vec![MAIN.to_owned()]);
        self.keys.sign(&TokenRequest {
            kind: "device",
            subject: Some(subject),
            branches,
            ..TokenRequest::of("cook")
        })
    }

    /// Publishes an event of an order in this state.
    pub async fn tell(&self, kind: Type, from: &str, order: &PizzaOrder) {
        self.producer.send(event(kind, from, order)).await.unwrap();
    }

    /// Publishes many events at once, in order.
    pub async fn tell_all(&self, records: Vec<OutRecord>) {
        self.producer.send_all(records).await.unwrap();
    }

    /// Publishes whatever else.
    pub async fn publish(&self, topic: Topic, key: &str, payload: Vec<u8>) {
        self.producer.send(record(topic, key, payload)).await.unwrap();
    }

    fn url(&self, path: &str) -> String {
        let (address, ..) = self.running.as_ref().unwrap();
        format!("ws://{address}{path}")
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some((_, stop, _)) = &self.running {
            stop.cancel();
        }
    }
}

fn config(topics: &TestTopics, keys: &Keys, order_consumer_url: &str) -> Config {
    Config {
        process: Process {
            env: "development".to_owned(),
            host: "127.0.0.1".to_owned(),
            log_format: LogFormat::Auto,
            rust_log: "info".to_owned(),
        },
        bus: topics.settings(SERVICE),
        identity: IdentitySettings {
            jwt_public_key: keys.public_pem().to_owned(),
            internal_secret: keys.internal_secret().into(),
        },
        own: Own {
            port: 0,
            ops_port: 0,
            order_consumer_url: order_consumer_url.to_owned(),
            allowed_origins: String::new(),
            max_sockets: 1000,
            socket_queue_frames: 1000,
            socket_queue_bytes: 1024 * 1024,
            history_events: 20_000,
            history_minutes: 15,
        },
    }
}

/// An order of the main branch that was accepted a moment ago.
pub fn order(status: &str, shown: bool) -> PizzaOrder {
    let now = SystemClock.now();
    PizzaOrder {
        id: SystemIds.new_v7(now).to_string(),
        display_id: "0042".to_owned(),
        branch_id: MAIN.to_owned(),
        status: status.to_owned(),
        shown,
        version: 1,
        created_at: now.timestamp_nanos_opt().unwrap(),
        ..PizzaOrder::default()
    }
}

/// The same order, moved on.
pub fn moved(order: &PizzaOrder, status: &str) -> PizzaOrder {
    PizzaOrder { version: order.version + 1, status: status.to_owned(), ..order.clone() }
}

/// The record of an event of an order in this state.
pub fn event(kind: Type, from: &str, order: &PizzaOrder) -> OutRecord {
    let event = OrderEvent {
        r#type: kind.into(),
        branch_id: order.branch_id.clone(),
        order_id: order.id.clone(),
        version: order.version,
        at: Some(SystemClock.now().into()),
        actor: "staff:7".to_owned(),
        from_status: from.to_owned(),
        to_status: if from.is_empty() { String::new() } else { order.status.clone() },
        order: Some(order.clone()),
        ..OrderEvent::default()
    };
    record(Topic::OrderEvents, &order.branch_id, event.encode_to_vec())
}

fn record(topic: Topic, key: &str, payload: Vec<u8>) -> OutRecord {
    OutRecord {
        topic,
        key: key.to_owned(),
        payload,
        event_id: SystemIds.new_v7(SystemClock.now()),
        message: topic.message(),
        trace: Some(TraceContext::fresh()),
        extra_headers: Vec::new(),
    }
}

/// The first frames of a stream that begins anew: the snapshot's data.
pub async fn snapshot(tablet: &mut Tablet) -> Value {
    let hello = tablet.next(PATIENCE).await;
    assert_eq!((&hello["type"], &hello["data"]["resumed"]), (&"hello".into(), &false.into()), "{hello}");
    let snapshot = tablet.next(PATIENCE).await;
    assert_eq!(snapshot["type"], "snapshot", "{snapshot}");
    snapshot["data"].clone()
}

/// Ids and versions of a snapshot's orders, sorted.
pub fn orders(snapshot: &Value) -> Vec<(String, i64)> {
    let listed = snapshot["orders"].as_array().unwrap();
    let mut orders: Vec<_> = listed
        .iter()
        .map(|order| (order["id"].as_str().unwrap().to_owned(), order["version"].as_i64().unwrap()))
        .collect();
    orders.sort();
    orders
}

/// A change of a slot of the main branch, with the time at which it happened.
pub fn slot_changed(slot_id: &str, at: DateTime<Utc>) -> Vec<u8> {
    let slot = Slot { slot_id: slot_id.to_owned(), ..Slot::default() };
    let event = SlotEvent {
        branch_id: MAIN.to_owned(),
        at: Some(at.into()),
        what: Some(What::SlotChanged(slot)),
        ..SlotEvent::default()
    };
    event.encode_to_vec()
}

/// Type and version of an order frame.
pub fn told(frame: &Value) -> (&str, i64) {
    (frame["type"].as_str().unwrap(), frame["data"]["order"]["version"].as_i64().unwrap_or_default())
}
