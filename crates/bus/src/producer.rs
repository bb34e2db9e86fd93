//! Tells records, and waits until the broker has them for good.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use chassis::Check;
use contracts::topics::Topic;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer as _};
use tokio_util::sync::CancellationToken;

use crate::context::{Listener, blocking, sign_of_life};
use crate::error::{BusError, SendError, code};
use crate::message::{OutRecord, Position, RawRecord};
use crate::settings::BusSettings;

/// An idempotent producer with `acks=all`; clones share one connection and one bounded queue.
#[derive(Clone)]
pub struct Producer {
    inner: Arc<Inner>,
}

struct Inner {
    settings: BusSettings,
    live: ArcSwap<Live>,
}

/// The client at work. A fatal failure ends it, and another takes its place.
struct Live {
    client: Option<FutureProducer<Listener>>,
    listener: Listener,
}

/// A record that the client has taken; holding the client keeps it alive until the broker has answered.
struct Underway {
    answer: DeliveryFuture,
    live: Arc<Live>,
}

const QUEUED_RECORDS: &str = "20000";
const QUEUED_KIBIBYTES: &str = "32768";
const PROBE_EVERY: Duration = Duration::from_secs(3);
const PROBE_PATIENCE: Duration = Duration::from_secs(2);
/// What librdkafka needs beyond the delivery time-out to say that it is over.
const ANSWER_SLACK: Duration = Duration::from_secs(3);
const ROOM_POLL: Duration = Duration::from_millis(5);

impl Producer {
    /// A producer; it connects by itself, now or when the broker comes back.
    pub fn new(settings: &BusSettings) -> Result<Self, BusError> {
        let live = ArcSwap::from_pointee(Live::create(settings)?);
        Ok(Self { inner: Arc::new(Inner { settings: settings.clone(), live }) })
    }

    /// Writes one record. `Ok` means that every replica in sync has it.
    pub async fn send(&self, record: OutRecord) -> Result<Position, SendError> {
        self.send_raw(record.into_raw(&self.inner.settings.topic_prefix)).await
    }

    /// Writes records in their order, all underway at once, and waits for every answer. The first failure is
    /// told; records behind it may have been written nevertheless.
    pub async fn send_all(&self, records: Vec<OutRecord>) -> Result<(), SendError> {
        let mut underway: VecDeque<Underway> = VecDeque::with_capacity(records.len());
        let mut outcome = Ok(());
        for record in records {
            let raw = record.into_raw(&self.inner.settings.topic_prefix);
            match self.enqueue_patiently(&raw, &mut underway, &mut outcome).await {
                Ok(taken) => underway.push_back(taken),
                Err(error) => outcome = outcome.and(Err(error)),
            }
            if outcome.is_err() {
                break;
            }
        }
        for taken in underway {
            outcome = outcome.and(self.answered(taken).await.map(drop));
        }
        outcome
    }

    pub(crate) async fn send_raw(&self, record: RawRecord) -> Result<Position, SendError> {
        let start = Instant::now();
        let outcome = match self.enqueue(&record) {
            Ok(taken) => self.answered(taken).await,
            Err(error) => Err(error),
        };
        let word = match &outcome {
            Ok(_) => "written",
            Err(SendError::Refused(_)) => "refused",
            Err(SendError::InDoubt(_)) => "in_doubt",
        };
        metrics::counter!("bus_sent_total", "topic" => record.topic, "outcome" => word).increment(1);
        metrics::histogram!("bus_send_seconds").record(start.elapsed());
        outcome
    }

    /// Connects ahead of the first record, which would otherwise wait for half a second.
    pub async fn warm_up(&self) -> Result<(), BusError> {
        let live = self.inner.live.load_full();
        let topic = Topic::PizzaOrders.name(&self.inner.settings.topic_prefix);
        blocking(move || match &live.client {
            Some(client) => sign_of_life(client.client(), &topic, PROBE_PATIENCE),
            None => Err(KafkaError::Canceled.into()),
        })
        .await
    }

    /// Reports to `check` whether the broker answers, until `stop`.
    pub async fn watch(&self, check: Check, stop: CancellationToken) -> anyhow::Result<()> {
        loop {
            match self.warm_up().await {
                Ok(()) => check.up(),
                Err(error) => check.down(self.why(&error)),
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(PROBE_EVERY) => {}
            }
        }
    }

    /// Waits until nothing is underway any more, or the deadline has passed.
    pub async fn flush(&self, deadline: Duration) -> Result<(), BusError> {
        let live = self.inner.live.load_full();
        blocking(move || match &live.client {
            Some(client) => Ok(client.flush(deadline)?),
            None => Ok(()),
        })
        .await
    }

    pub(crate) fn topic_prefix(&self) -> &str {
        &self.inner.settings.topic_prefix
    }

    fn why(&self, error: &BusError) -> String {
        self.inner.live.load().listener.last_failure().unwrap_or_else(|| error.to_string())
    }

    /// Hands a record to the client, or says at once that there is no room.
    fn enqueue(&self, record: &RawRecord) -> Result<Underway, SendError> {
        let live = self.inner.live.load_full();
        match live.enqueue(record) {
            Err(error) if code(&error) == Some(RDKafkaErrorCode::Fatal) => {
                let renewed = self.renew(&live).map_err(|error| SendError::Refused(error.into()))?;
                renewed.enqueue(record).map(|answer| Underway { answer, live: renewed })
            }
            outcome => outcome.map(|answer| Underway { answer, live }),
        }
        .map_err(|error| SendError::Refused(error.into()))
    }

    /// Waits for room in the queue; our own records make it when they are answered.
    async fn enqueue_patiently(
        &self,
        record: &RawRecord,
        underway: &mut VecDeque<Underway>,
        outcome: &mut Result<(), SendError>,
    ) -> Result<Underway, SendError> {
        let give_up = Instant::now() + self.inner.settings.delivery_timeout;
        loop {
            match self.enqueue(record) {
                Err(SendError::Refused(error)) if error.is_queue_full() && Instant::now() < give_up => {
                    match underway.pop_front() {
                        Some(oldest) => *outcome = outcome.clone().and(self.answered(oldest).await.map(drop)),
                        None => tokio::time::sleep(ROOM_POLL).await,
                    }
                }
                taken => return taken,
            }
        }
    }

    async fn answered(&self, underway: Underway) -> Result<Position, SendError> {
        let Underway { answer, live } = underway;
        let patience = self.inner.settings.delivery_timeout + ANSWER_SLACK;
        let error = match tokio::time::timeout(patience, answer).await {
            Ok(Ok(Ok(delivery))) => {
                return Ok(Position { partition: delivery.partition, offset: delivery.offset });
            }
            Ok(Ok(Err((error, _)))) => error,
            Ok(Err(_)) => KafkaError::Canceled,
            Err(_) => KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut),
        };
        if live.is_dead() {
            // the next record finds a live client; this one's fate does not change
            let _ = self.renew(&live);
        }
        Err(SendError::after_enqueueing(error))
    }

    /// Replaces a client that a fatal failure has ended, unless somebody has done so already.
    fn renew(&self, dead: &Arc<Live>) -> Result<Arc<Live>, KafkaError> {
        let current = self.inner.live.load_full();
        if !Arc::ptr_eq(&current, dead) {
            return Ok(current);
        }
        tracing::warn!(
            reason = dead.listener.last_failure(),
            "the producer has failed for good, making another"
        );
        metrics::counter!("bus_producer_renewed_total").increment(1);
        let fresh = Arc::new(Live::open(&self.inner.settings)?);
        self.inner.live.compare_and_swap(dead, Arc::clone(&fresh));
        Ok(self.inner.live.load_full())
    }
}

impl Live {
    fn create(settings: &BusSettings) -> Result<Self, BusError> {
        // asked first, because librdkafka would not say which setting is missing
        settings.client_config()?;
        Self::open(settings).map_err(|error| BusError::Settings(error.into()))
    }

    fn open(settings: &BusSettings) -> Result<Self, KafkaError> {
        let mut config = settings.client_config().map_err(|_| KafkaError::Canceled)?;
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("linger.ms", "0")
            .set("delivery.timeout.ms", settings.delivery_timeout.as_millis().to_string())
            .set("request.timeout.ms", (settings.delivery_timeout / 2).as_millis().to_string())
            .set("socket.timeout.ms", settings.delivery_timeout.as_millis().to_string())
            .set("queue.buffering.max.messages", QUEUED_RECORDS)
            .set("queue.buffering.max.kbytes", QUEUED_KIBIBYTES)
            .set("partitioner", "murmur2_random");
        let listener = Listener::default();
        let client = config.create_with_context(listener.clone())?;
        Ok(Self { client: Some(client), listener })
    }

    fn enqueue(&self, record: &RawRecord) -> Result<DeliveryFuture, KafkaError> {
        let client = self.client.as_ref().ok_or(KafkaError::Canceled)?;
        let mut out = FutureRecord::to(&record.topic)
            .payload(record.payload.as_ref())
            .headers(record.headers.to_kafka());
        if let Some(key) = &record.key {
            out = out.key(key.as_slice());
        }
        client.send_result(out).map_err(|(error, _)| error)
    }

    fn is_dead(&self) -> bool {
        self.client.as_ref().is_none_or(|client| client.client().fatal_error().is_some())
    }
}

impl Drop for Live {
    /// Ending a client blocks for up to a second, so it is not done on the runtime.
    fn drop(&mut self) {
        let client = self.client.take();
        std::thread::spawn(move || drop(client));
    }
}

#[cfg(test)]
mod tests {
    use testkit::TestTopics;
    use uuid::Uuid;

    use super::*;

    fn record() -> OutRecord {
        OutRecord {
            topic: Topic::PizzaOrders,
            key: "order-1".to_owned(),
            payload: b"margherita".to_vec(),
            event_id: Uuid::from_u128(1),
            message: Topic::PizzaOrders.message(),
            trace: None,
            extra_headers: Vec::new(),
        }
    }

    #[tokio::test]
    async fn another_client_takes_the_place_of_one_that_failed_for_good() {
        let topics = TestTopics::fresh().await;
        let mut settings = BusSettings::new(topics.brokers(), "producer");
        settings.topic_prefix = topics.prefix().to_owned();
        let producer = Producer::new(&settings).unwrap();
        let first = producer.send(record()).await.unwrap();
        let dead = producer.inner.live.load_full();

        let renewed = producer.renew(&dead).unwrap();

        assert!(!Arc::ptr_eq(&dead, &renewed));
        assert!(Arc::ptr_eq(&renewed, &producer.renew(&dead).unwrap()), "renewed once only");
        assert_eq!(producer.send(record()).await.unwrap().offset, first.offset + 1);
    }
}
