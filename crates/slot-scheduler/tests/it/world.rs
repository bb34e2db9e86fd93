//! One service in this process, with stores, topics and a clock of its own.

use std::sync::Arc;
use std::time::Duration;

use bus::{OutRecord, Producer};
use chassis::clock::{Clock as _, IdSource as _, ManualClock};
use chassis::settings::Process;
use chassis::telemetry::LogFormat;
use chassis::{Lifecycle, SystemIds};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::events::v1::{OrderEvent, order_event};
use contracts::order::{PizzaItem, PizzaOrder};
use contracts::slots::v1 as pb;
use contracts::slots::v1::slot_service_client::SlotServiceClient;
use contracts::topics::Topic;
use domain::ServiceError as _;
use domain::ids::{BranchId, OrderId};
use edge::client::CallFailed;
use edge::{IdentitySettings, ServiceIdentity};
use prost::Message as _;
use slot_scheduler::config::{Config, Own, SERVICE};
use slot_scheduler::service::Service;
use slot_scheduler::storage;
use store::StoreSettings;
use testkit::{Keys, TestDb, TestRedis, TestTopics, eventually};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::{Request, Status};

/// Long enough for a consumer group to form on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The branch that a fresh system begins with.
pub const MAIN: BranchId = BranchId::MAIN;

/// Ten in the morning on a Sunday.
pub fn ten() -> DateTime<Utc> {
    "2026-02-01T10:00:00Z".parse().unwrap()
}

/// A moment of that Sunday.
pub fn at(time: &str) -> DateTime<Utc> {
    format!("2026-02-01T{time}:00Z").parse().unwrap()
}

pub struct World {
    pub db: TestDb,
    pub redis: TestRedis,
    pub topics: TestTopics,
    pub keys: Keys,
    pub clock: Arc<ManualClock>,
    pub producer: Producer,
    identity: ServiceIdentity,
    running: Option<(Lifecycle, Channel)>,
}

impl World {
    /// A system that has just been opened, at ten o'clock.
    pub async fn open() -> Self {
        let (db, redis, topics, keys) =
            (TestDb::fresh().await, TestRedis::start().await, TestTopics::fresh().await, Keys::fresh());
        let producer = Producer::new(&topics.settings("test")).unwrap();
        let secret = keys.internal_secret().to_owned().into();
        let identity = ServiceIdentity::new("order-gateway", &secret, false).unwrap();
        let clock = Arc::new(ManualClock::at(ten()));
        let mut world = Self { db, redis, topics, keys, clock, producer, identity, running: None };
        store::migrate::run(&world.config().store, storage::MIGRATIONS).await.unwrap();
        world.start().await;
        world
    }

    /// Starts the service and waits until it assigns slots.
    pub async fn start(&mut self) {
        let clock = Arc::clone(&self.clock);
        let service = Service::bind_with(self.config(), clock, Arc::new(SystemIds)).await.unwrap();
        let channel = Channel::from_shared(format!("http://{}", service.grpc_addr().unwrap())).unwrap();
        let lifecycle = Lifecycle::new(Duration::from_secs(20));
        service.start(&lifecycle);
        self.running = Some((lifecycle, channel.connect().await.unwrap()));
        self.ready().await;
    }

    /// Stops the service as SIGTERM does.
    pub async fn stop(&mut self) {
        let (lifecycle, _) = self.running.take().unwrap();
        lifecycle.stop_signal().cancel();
        // It says that nobody has asked it to stop by a signal.
        let _ = lifecycle.run_until_stopped().await;
    }

    /// Waits until slots are assigned.
    pub async fn ready(&self) {
        eventually("slots are assigned", PATIENCE, async || {
            let probe = pb::AssignSlotRequest { required_slot_id: "slot:0".to_owned(), ..self.request(1) };
            self.assign(probe).await.is_err_and(|refused| reason(&refused) == "SLOT_CHANGED")
        })
        .await;
    }

    /// A request for an order of that many roubles, by delivery.
    pub fn request(&self, roubles: i64) -> pb::AssignSlotRequest {
        let need = pb::Need { roubles, orders: 1, deliveries: 1, ..pb::Need::default() };
        pb::AssignSlotRequest {
            branch_id: MAIN.to_string(),
            order_id: self.new_order().to_string(),
            need: Some(need),
            ..pb::AssignSlotRequest::default()
        }
    }

    pub fn new_order(&self) -> OrderId {
        OrderId::from_uuid(SystemIds.new_v7(self.clock.now()))
    }

    pub async fn assign(&self, request: pb::AssignSlotRequest) -> Result<pb::AssignSlotResponse, Status> {
        let answer = self.client().assign_slot(self.as_service(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    /// An order of that many roubles gets its place.
    pub async fn hold(&self, roubles: i64) -> pb::AssignSlotResponse {
        self.assign(self.request(roubles)).await.unwrap()
    }

    /// As a hold, and its record goes to the log.
    pub async fn place(&self, roubles: i64) -> pb::AssignSlotResponse {
        let request = self.request(roubles);
        let place = self.assign(request.clone()).await.unwrap();
        self.tell(&record(&request, &place)).await;
        place
    }

    /// The record goes to the log.
    pub async fn tell(&self, order: &PizzaOrder) {
        self.send(Topic::PizzaOrders, order.id.clone(), order.encode_to_vec()).await;
    }

    /// The order is cancelled by order-consumer.
    pub async fn cancel(&self, order: &PizzaOrder) {
        let event = OrderEvent {
            r#type: order_event::Type::Cancelled.into(),
            order_id: order.id.clone(),
            branch_id: order.branch_id.clone(),
            order: Some(order.clone()),
            ..OrderEvent::default()
        };
        self.send(Topic::OrderEvents, order.branch_id.clone(), event.encode_to_vec()).await;
    }

    async fn send(&self, topic: Topic, key: String, payload: Vec<u8>) {
        let event_id = self.new_order().as_uuid();
        let message = topic.message();
        let record = OutRecord { topic, key, payload, event_id, message, trace: None, extra_headers: vec![] };
        self.producer.send(record).await.unwrap();
    }

    /// The slot of the default branch that starts at a time of that Sunday.
    pub async fn slot(&self, time: &str) -> pb::Slot {
        self.slots(time, 15).await.remove(0)
    }

    /// Slots of the default branch from a time of that Sunday on.
    pub async fn slots(&self, time: &str, minutes: i64) -> Vec<pb::Slot> {
        let (from, to) = (at(time), at(time) + TimeDelta::minutes(minutes));
        let query = pb::ListSlotsRequest {
            from: Some(from.into()),
            to: Some(to.into()),
            ..pb::ListSlotsRequest::default()
        };
        let listed = self.client().list_slots(self.with_role("manager", query)).await.unwrap();
        listed.into_inner().slots
    }

    /// Waits until the slot at `time` has this load in roubles.
    pub async fn load_becomes(&self, time: &str, roubles: i64) {
        eventually(&format!("the slot at {time} holds {roubles}"), PATIENCE, async || {
            self.slot(time).await.current_load == roubles
        })
        .await;
    }

    /// Waits until the log has confirmed that many orders of the slot at `time`.
    pub async fn confirmed_become(&self, time: &str, orders: i32) {
        eventually(&format!("{orders} orders at {time} are confirmed"), PATIENCE, async || {
            self.slot(time).await.confirmed_count == orders
        })
        .await;
    }

    pub fn client(&self) -> SlotServiceClient<Channel> {
        SlotServiceClient::new(self.running.as_ref().unwrap().1.clone())
    }

    pub fn as_service<T>(&self, message: T) -> Request<T> {
        with_authorization(message, self.identity.header().unwrap())
    }

    /// The call of somebody with one role in the whole chain.
    pub fn with_role<T>(&self, role: &str, message: T) -> Request<T> {
        with_authorization(message, bearer(&self.keys.chain_token(role)))
    }

    /// The call of somebody with one role in one branch.
    pub fn with_role_at<T>(&self, role: &str, branch: &str, message: T) -> Request<T> {
        with_authorization(message, bearer(&self.keys.token(role, branch)))
    }

    fn config(&self) -> Config {
        Config {
            process: Process {
                env: "development".to_owned(),
                host: "127.0.0.1".to_owned(),
                log_format: LogFormat::Auto,
                rust_log: "info".to_owned(),
            },
            store: StoreSettings::new(self.db.url().into(), storage::SCHEMA),
            bus: self.topics.settings(SERVICE),
            identity: IdentitySettings {
                jwt_public_key: self.keys.public_pem().to_owned(),
                internal_secret: self.keys.internal_secret().into(),
            },
            own: Own {
                grpc_port: 0,
                ops_port: 0,
                redis_url: self.redis.url().into(),
                business_open_hour: 0,
                business_open_min: 0,
                business_close_hour: 23,
                business_close_min: 59,
            },
        }
    }
}

/// What the gateway commits for an order that got its place.
pub fn record(request: &pb::AssignSlotRequest, place: &pb::AssignSlotResponse) -> PizzaOrder {
    let need = request.need.unwrap();
    let roubles = i32::try_from(need.roubles).unwrap();
    let order_id: OrderId = place.order_id.parse().unwrap();
    PizzaOrder {
        id: place.order_id.clone(),
        branch_id: request.branch_id.clone(),
        status: "pending".to_owned(),
        items: vec![PizzaItem {
            id: place.order_id.clone(),
            price: roubles,
            quantity: 1,
            ..PizzaItem::default()
        }],
        total_price: roubles,
        final_price: roubles,
        created_at: order_id.unix_millis().unwrap() * 1_000_000,
        target_slot_id: place.slot_id.clone(),
        slot_start: place.slot_start.unwrap().seconds,
        slot_end: place.slot_end.unwrap().seconds,
        business_date: place.business_date.clone(),
        display_number: place.display_number,
        display_id: place.display_id.clone(),
        visible_at: DateTime::try_from(place.visible_at.unwrap()).unwrap().to_rfc3339(),
        idempotency_scope: request.key_scope.clone(),
        idempotency_key: request.key.clone(),
        fingerprint: request.fingerprint.clone(),
        need: Some(contracts::order::SlotNeed {
            roubles: need.roubles,
            orders: need.orders,
            deliveries: need.deliveries,
            ..contracts::order::SlotNeed::default()
        }),
        ..PizzaOrder::default()
    }
}

/// When the slot of an answer starts, as a time of day.
pub fn start_of(place: &pb::AssignSlotResponse) -> String {
    DateTime::try_from(place.slot_start.unwrap()).unwrap().format("%H:%M").to_string()
}

/// Why a call was refused.
pub fn reason(refused: &Status) -> &'static str {
    CallFailed::from(refused.clone()).reason()
}

fn bearer(token: &str) -> MetadataValue<Ascii> {
    format!("Bearer {token}").parse().unwrap()
}

fn with_authorization<T>(message: T, value: MetadataValue<Ascii>) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", value);
    request
}
