//! F2: F1h, and the order on the log before it is answered. F2ff: answered without waiting for the log.

use anyhow::{Context as _, bail};
use contracts::order::{PizzaOrder, PizzaOrderRequest};
use prost::Message as _;
use rdkafka::producer::FutureProducer;
use tonic::Status;

use super::f1h::Hop;
use super::kafka;
use super::order_door::{Step, serve};

/// `floor f2|f2ff SLOTS BROKERS TOPIC`
pub async fn run(name: &str, arguments: &[String]) -> anyhow::Result<()> {
    let [slots, brokers, topic] = arguments else { bail!("{name} SLOTS BROKERS TOPIC") };
    let log = Log::open(brokers, topic)?;
    serve(Logged { hop: Hop::open(slots)?, log, waits: name == "f2" }).await
}

struct Logged {
    hop: Hop,
    log: Log,
    waits: bool,
}

impl Step for Logged {
    async fn take(&self, wanted: &PizzaOrderRequest) -> Result<PizzaOrder, Status> {
        let order = self.hop.take(wanted).await?;
        if self.waits {
            self.log.write(&order).await?;
        } else {
            self.log.send(&order)?;
        }
        Ok(order)
    }
}

/// The log of orders.
pub struct Log {
    producer: FutureProducer,
    topic: String,
}

impl Log {
    /// Connects at once.
    pub fn open(brokers: &str, topic: &str) -> anyhow::Result<Self> {
        let producer = kafka::producer(brokers)?;
        kafka::warm_up(&producer, topic).context("the log")?;
        Ok(Self { producer, topic: topic.to_owned() })
    }

    /// Returns when every replica has the order.
    pub async fn write(&self, order: &PizzaOrder) -> Result<(), Status> {
        let underway = kafka::enqueue(&self.producer, &self.topic, &order.id, &order.encode_to_vec())?;
        kafka::acknowledged(underway).await
    }

    /// Returns when the client has the order.
    pub fn send(&self, order: &PizzaOrder) -> Result<(), Status> {
        let underway = kafka::enqueue(&self.producer, &self.topic, &order.id, &order.encode_to_vec())?;
        drop(underway);
        Ok(())
    }
}
