//! Floors of `CreateOrder`, over stores of their own beside ours.

use contracts::topics::Topic;
use testkit::{TestDb, TestRedis, TestTopics, free_port};

use super::customers::Customers;
use crate::floors::child::Child;

/// The stores of all floors, and the inner door of those that have one.
pub struct FloorStores {
    redis: TestRedis,
    topics: TestTopics,
    slots: Child,
}

/// A floor with its customers.
pub struct Floor {
    /// Those who order.
    pub customers: Customers,
    _process: Child,
}

/// F6, with where its tablets connect.
pub struct FloorWay {
    /// The orders.
    pub floor: Floor,
    /// The tablets.
    pub tablet_url: String,
    _db: TestDb,
}

impl FloorStores {
    /// Starts them.
    pub async fn open() -> anyhow::Result<Self> {
        let redis = TestRedis::start().await;
        let slots = Child::start("slots", &[&redis.url()])?;
        Ok(Self { redis, topics: TestTopics::fresh().await, slots })
    }

    /// Starts F0, F1, F1h, F2 or F2ff, called in lower case.
    pub async fn start(&self, name: &str) -> anyhow::Result<Floor> {
        let slots = format!("http://{}", self.slots.address());
        let topic = self.topic(Topic::PizzaOrders);
        let redis = self.redis.url();
        let arguments: Vec<&str> = match name {
            "f0" => vec![],
            "f1" => vec![&redis],
            "f1h" => vec![&slots],
            _ => vec![&slots, self.topics.brokers(), &topic],
        };
        Floor::of(Child::start(name, &arguments)?).await
    }

    /// Starts F6.
    pub async fn way(&self) -> anyhow::Result<FloorWay> {
        let (db, port) = (TestDb::fresh().await, free_port());
        let (orders, events) = (self.topic(Topic::PizzaOrders), self.topic(Topic::OrderEvents));
        let process =
            Child::start("f6", &[db.url(), self.topics.brokers(), &orders, &events, &port.to_string()])?;
        let tablet_url = format!("ws://127.0.0.1:{port}/");
        Ok(FloorWay { floor: Floor::of(process).await?, tablet_url, _db: db })
    }

    fn topic(&self, topic: Topic) -> String {
        topic.name(self.topics.prefix())
    }
}

impl Floor {
    async fn of(process: Child) -> anyhow::Result<Self> {
        let customers = Customers::connect(&format!("http://{}", process.address())).await?;
        Ok(Self { customers, _process: process })
    }
}
