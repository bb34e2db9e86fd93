//! Clients of Kafka with the settings of ours, and nothing around them.

use anyhow::Context as _;
use rdkafka::ClientConfig;
use rdkafka::consumer::StreamConsumer;
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer as _};
use tonic::Status;

/// Every record acknowledged by all replicas, once, and sent at once.
pub fn producer(brokers: &str) -> anyhow::Result<FutureProducer> {
    producer_settings(brokers).create().context("a producer")
}

/// The settings of it.
pub fn producer_settings(brokers: &str) -> ClientConfig {
    let mut config = client(brokers);
    config
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("linger.ms", "0")
        .set("delivery.timeout.ms", "5000")
        .set("request.timeout.ms", "2500")
        .set("socket.timeout.ms", "5000")
        .set("queue.buffering.max.messages", "20000")
        .set("queue.buffering.max.kbytes", "32768")
        .set("partitioner", "murmur2_random");
    config
}

/// A reader that commits what it is told is done.
pub fn consumer(brokers: &str, group: &str, beginning: &str) -> anyhow::Result<StreamConsumer> {
    client(brokers)
        .set("group.id", group)
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("enable.auto.offset.store", "false")
        .set("enable.auto.commit", "true")
        .set("auto.offset.reset", beginning)
        .set("isolation.level", "read_committed")
        .set("fetch.wait.max.ms", "100")
        .set("queued.min.messages", "1000")
        .set("fetch.queue.backoff.ms", "5")
        .set("queued.max.messages.kbytes", "16384")
        .create()
        .context("a consumer")
}

/// Gives a record to the client; a queue that is full is a refusal, as with ours.
pub fn enqueue(
    producer: &FutureProducer,
    topic: &str,
    key: &str,
    payload: &[u8],
) -> Result<DeliveryFuture, Status> {
    producer
        .send_result(FutureRecord::to(topic).key(key).payload(payload))
        .map_err(|(error, _)| Status::resource_exhausted(error.to_string()))
}

/// Waits until every replica has the record.
pub async fn acknowledged(underway: DeliveryFuture) -> Result<(), Status> {
    match underway.await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err((error, _))) => Err(Status::unavailable(error.to_string())),
        Err(_) => Err(Status::unavailable("the producer has ended")),
    }
}

/// Connects ahead of the first record.
pub fn warm_up(producer: &FutureProducer, topic: &str) -> anyhow::Result<()> {
    producer
        .client()
        .fetch_metadata(Some(topic), std::time::Duration::from_secs(5))
        .context("Kafka answers")?;
    Ok(())
}

fn client(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers)
        .set("client.id", "floor")
        .set("socket.keepalive.enable", "true")
        .set("allow.auto.create.topics", "false");
    config
}
