//! A gateway with its neighbours.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bus::{BusSettings, From, LogReader};
use chassis::clock::{CountingIds, ManualClock};
use chassis::settings::Process;
use chassis::telemetry::LogFormat;
use chassis::{Health, Lifecycle};
use chrono::DateTime;
use contracts::menu::v1::menu_service_server::MenuServiceServer;
use contracts::order::PizzaOrder;
use contracts::order::order_service_client::OrderServiceClient;
use contracts::orders::v1::order_book_service_server::OrderBookServiceServer;
use contracts::slots::v1::slot_service_server::SlotServiceServer;
use contracts::topics::Topic;
use edge::{IdentitySettings, Verifier, grpc};
use order_gateway::config::{Config, Own, SERVICE};
use order_gateway::service::{Addresses, Service};
use prost::Message as _;
use reqwest::{Client, Method, RequestBuilder};
use secrecy::SecretString;
use testkit::{Keys, TestTopics, eventually, free_port};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};

use crate::kitchen::Kitchen;
use crate::menu::Menu;
use crate::order_book::OrderBook;

pub const SOON: Duration = Duration::from_secs(20);

/// The gateway, its neighbours, and ways to look at it.
pub struct World {
    pub at: Addresses,
    pub keys: Keys,
    pub topics: TestTopics,
    pub kitchen: Kitchen,
    pub book: OrderBook,
    pub menu: Menu,
    pub http: Client,
    stop: CancellationToken,
    lifecycle: Option<Lifecycle>,
}

/// What differs from the ordinary.
pub struct Odd {
    pub brokers: Option<String>,
    pub topic_prefix: Option<String>,
    pub redis_url: String,
    pub without_menu: bool,
}

impl Default for Odd {
    fn default() -> Self {
        // nobody listens there: hints are not needed
        let redis_url = format!("redis://127.0.0.1:{}", free_port());
        Self { brokers: None, topic_prefix: None, redis_url, without_menu: false }
    }
}

impl World {
    /// A gateway that is ready for orders.
    pub async fn start() -> Self {
        let world = Self::with(Odd::default()).await;
        world.is_ready().await;
        world
    }

    pub async fn with(odd: Odd) -> Self {
        let (keys, topics) = (Keys::fresh(), TestTopics::fresh().await);
        let (kitchen, book, menu) = (Kitchen::default(), OrderBook::default(), Menu::default());
        if !odd.without_menu {
            menu.appear();
        }
        let (stop, neighbours) = (CancellationToken::new(), neighbours(&keys).await);
        let server = neighbours
            .server
            .add_service(SlotServiceServer::new(kitchen.clone()))
            .add_service(OrderBookServiceServer::new(book.clone()))
            .add_service(MenuServiceServer::new(menu.clone()));
        tokio::spawn(server.serve(neighbours.listener, stop.clone()));

        let url = format!("http://{}", neighbours.at);
        let config = config(&keys, &topics, &url, &odd);
        let clock = ManualClock::at(DateTime::from_timestamp_millis(1_769_940_000_123).unwrap());
        let service =
            Service::bind_with(&config, Arc::new(clock), Arc::new(CountingIds::default())).await.unwrap();
        let (at, lifecycle) = (service.addresses().unwrap(), Lifecycle::new(Duration::from_secs(30)));
        service.start(&lifecycle);
        let http = Client::new();
        Self { at, keys, topics, kitchen, book, menu, http, stop, lifecycle: Some(lifecycle) }
    }

    pub async fn is_ready(&self) {
        let url = format!("http://{}/readyz", self.at.ops);
        eventually("the gateway is ready", SOON, async || {
            self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }

    pub async fn has_a_menu(&self) {
        let url = format!("http://{}/readyz", self.at.ops);
        eventually("the menu is there", SOON, async || {
            let report: serde_json::Value = self.http.get(&url).send().await.unwrap().json().await.unwrap();
            report["checks"]
                .as_array()
                .unwrap()
                .iter()
                .any(|check| check["name"] == "menu" && check["up"] == true)
        })
        .await;
    }

    pub fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.at.grpc)).unwrap().connect_lazy()
    }

    pub fn orders(&self) -> OrderServiceClient<Channel> {
        OrderServiceClient::new(self.channel())
    }

    pub fn rest(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.at.rest))
    }

    /// Every order on the log, with its key and headers checked.
    pub async fn log(&self) -> Vec<PizzaOrder> {
        let reader = LogReader::new(&self.topics.settings("reader"), &[Topic::PizzaOrders]).unwrap();
        let ends = reader.end_offsets(Topic::PizzaOrders).await.unwrap();
        reader.follow_all(From::Beginning).await.unwrap();
        let written: i64 = ends.iter().map(|(_, end)| end).sum();
        let mut orders = Vec::new();
        for _ in 0..written {
            let message = tokio::time::timeout(SOON, reader.next()).await.unwrap().unwrap();
            let order = PizzaOrder::decode(message.payload.clone()).unwrap();
            assert_eq!(message.key.as_deref(), Some(order.id.as_bytes()));
            assert_eq!(message.headers.get("event-id"), Some(order.id.as_str()));
            assert!(message.headers.trace().is_some());
            orders.push(order);
        }
        orders
    }

    /// Ends every neighbour.
    pub fn lose_neighbours(&self) {
        self.stop.cancel();
    }

    /// Asks the gateway to end, and waits for it.
    pub async fn end(&mut self) -> anyhow::Result<()> {
        let lifecycle = self.lifecycle.take().unwrap();
        lifecycle.stop_signal().cancel();
        lifecycle.run_until_stopped().await
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(lifecycle) = &self.lifecycle {
            lifecycle.stop_signal().cancel();
        }
        self.stop.cancel();
    }
}

struct Neighbours {
    server: grpc::Server,
    listener: tokio::net::TcpListener,
    at: SocketAddr,
}

async fn neighbours(keys: &Keys) -> Neighbours {
    let listener = edge::listen::listen("127.0.0.1", 0).await.unwrap();
    let at = edge::listen::address(&listener).unwrap();
    let secret = SecretString::from(keys.internal_secret());
    let verifier = Arc::new(Verifier::new(keys.public_pem(), &secret, false).unwrap());
    Neighbours { server: grpc::Server::new(verifier, Health::new()), listener, at }
}

fn config(keys: &Keys, topics: &TestTopics, neighbours: &str, odd: &Odd) -> Config {
    let brokers = odd.brokers.as_deref().unwrap_or(topics.brokers());
    let topic_prefix = odd.topic_prefix.as_deref().unwrap_or(topics.prefix()).to_owned();
    Config {
        process: Process {
            env: "production".to_owned(),
            host: "127.0.0.1".to_owned(),
            log_format: LogFormat::Auto,
            rust_log: "info".to_owned(),
        },
        bus: BusSettings { topic_prefix, ..BusSettings::new(brokers, SERVICE) },
        identity: IdentitySettings {
            jwt_public_key: keys.public_pem().to_owned(),
            internal_secret: keys.internal_secret().into(),
        },
        own: Own {
            port: 0,
            grpc_port: 0,
            ops_port: 0,
            slot_scheduler_url: neighbours.to_owned(),
            order_consumer_url: neighbours.to_owned(),
            menu_url: neighbours.to_owned(),
            redis_url: odd.redis_url.clone().into(),
            cors_origins: String::new(),
            orders_at_once: 256,
            watches_at_once: 8,
        },
    }
}
