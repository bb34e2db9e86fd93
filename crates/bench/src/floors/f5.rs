//! F5p: records of an order's size onto the log as fast as the client takes them, nobody asks what became of each.
//! F5c: a reader that only counts.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use prost::Message as _;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};

use super::f0::one_pizza;
use super::kafka;

/// How long the broker may take for what waits at the end, and the first record may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// `floor f5p|f5c BROKERS TOPIC SECONDS`: prints the records per second.
pub async fn run(name: &str, arguments: &[String]) -> anyhow::Result<()> {
    let [brokers, topic, seconds] = arguments else { bail!("{name} BROKERS TOPIC SECONDS") };
    let length = Duration::from_secs_f64(seconds.parse()?);
    let rate = if name == "f5p" {
        produced(brokers, topic, length)?
    } else {
        counted(brokers, topic, length).await?
    };
    println!("{rate:.0}");
    Ok(())
}

/// From the first record until the broker has the last.
fn produced(brokers: &str, topic: &str, length: Duration) -> anyhow::Result<f64> {
    let producer: ThreadedProducer<DefaultProducerContext> =
        kafka::producer_settings(brokers).create().context("a producer")?;
    let order = one_pizza();
    let payload = order.encode_to_vec();
    let (begin, mut records) = (Instant::now(), 0_u32);
    while begin.elapsed() < length {
        match producer.send(BaseRecord::to(topic).key(&order.id).payload(&payload)) {
            Ok(()) => records += 1,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => std::thread::yield_now(),
            Err((error, _)) => return Err(error.into()),
        }
    }
    producer.flush(PATIENCE).context("the broker takes what waits")?;
    Ok(f64::from(records) / begin.elapsed().as_secs_f64())
}

/// From the first record on; the topic has to hold enough of them.
async fn counted(brokers: &str, topic: &str, length: Duration) -> anyhow::Result<f64> {
    let reader = kafka::consumer(brokers, &format!("{topic}.count.{}", std::process::id()), "earliest")?;
    reader.subscribe(&[topic])?;
    tokio::time::timeout(PATIENCE, reader.recv()).await.context("the topic is empty")??;
    let (begin, mut records) = (Instant::now(), 0_u32);
    while begin.elapsed() < length
        && let Ok(next) = tokio::time::timeout(length, reader.recv()).await
    {
        next?;
        records += 1;
    }
    ensure!(begin.elapsed() < length * 2, "the topic ended after {records} records");
    Ok(f64::from(records) / begin.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use contracts::topics::Topic;
    use testkit::TestTopics;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_one_floor_writes_the_other_counts() {
        let topics = TestTopics::fresh().await;
        let topic = Topic::PizzaOrders.name(topics.prefix());

        let written = produced(topics.brokers(), &topic, Duration::from_millis(300)).unwrap();
        let read = counted(topics.brokers(), &topic, Duration::from_millis(20)).await.unwrap();

        assert!(written > 0.0 && read > 0.0);
    }
}
