//! Follows partitions from any place on, without a group: for what is kept in memory only.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use contracts::topics::Topic;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::{Message as _, Offset, TopicPartitionList};

use crate::context::{Listener, blocking, sign_of_life};
use crate::error::BusError;
use crate::message::Message;
use crate::settings::BusSettings;
use crate::topics::{ends_of, partitions_of};

/// A reader of the log that remembers nothing by itself.
pub struct LogReader {
    consumer: Arc<StreamConsumer<Listener>>,
    topics: BTreeMap<String, Topic>,
    prefix: String,
}

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// At the oldest record the broker still has.
    Beginning,
    /// At the next record that will be written.
    End,
    /// At this offset, or at the oldest record if that is gone.
    Offset(i64),
    /// At the first record written at this time or later.
    Time(DateTime<Utc>),
}

const PATIENCE: Duration = Duration::from_secs(10);

impl LogReader {
    /// A reader of these topics that follows nothing yet; the broker need not be there.
    pub fn new(settings: &BusSettings, topics: &[Topic]) -> Result<Self, BusError> {
        let mut config = settings.client_config()?;
        config
            // librdkafka wants a name, though nothing is ever committed under it
            .set("group.id", format!("{}reader-{}", settings.topic_prefix, settings.client_id))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            .set("isolation.level", "read_committed")
            .set("fetch.wait.max.ms", "100")
            .set("queued.min.messages", "1000")
            // the default is a second, for which a reader with more than that to read stands still
            .set("fetch.queue.backoff.ms", "5")
            .set("queued.max.messages.kbytes", "16384");
        let consumer = config
            .create_with_context(Listener::default())
            .map_err(|error| BusError::Settings(error.into()))?;
        let prefix = settings.topic_prefix.clone();
        let topics = topics.iter().map(|topic| (topic.name(&prefix), *topic)).collect();
        Ok(Self { consumer: Arc::new(consumer), topics, prefix })
    }

    /// The partitions of a topic.
    pub async fn partitions(&self, topic: Topic) -> Result<Vec<i32>, BusError> {
        let (consumer, name) = (Arc::clone(&self.consumer), topic.name(&self.prefix));
        blocking(move || partitions_of(consumer.client(), &name)).await
    }

    /// Where each partition of the topic ends: the offset that its next record gets.
    pub async fn end_offsets(&self, topic: Topic) -> Result<Vec<(i32, i64)>, BusError> {
        let (consumer, name) = (Arc::clone(&self.consumer), topic.name(&self.prefix));
        blocking(move || ends_of(consumer.client(), &name)).await
    }

    /// The offset at which each partition of the topic begins when it is read from `from` on.
    pub async fn offsets(&self, topic: Topic, from: From) -> Result<Vec<(i32, i64)>, BusError> {
        let (consumer, name) = (Arc::clone(&self.consumer), topic.name(&self.prefix));
        blocking(move || {
            let mut offsets = Vec::new();
            for partition in partitions_of(consumer.client(), &name)? {
                let (oldest, end) = consumer.fetch_watermarks(&name, partition, PATIENCE)?;
                let offset = match place(&consumer, &name, partition, from)? {
                    Offset::Offset(offset) => offset.clamp(oldest, end),
                    _ => oldest,
                };
                offsets.push((partition, offset));
            }
            Ok(offsets)
        })
        .await
    }

    /// From now on follows exactly these partitions, from these places on.
    pub async fn follow(&self, places: &[(Topic, i32, From)]) -> Result<(), BusError> {
        let (consumer, prefix, places) = (Arc::clone(&self.consumer), self.prefix.clone(), places.to_vec());
        blocking(move || {
            let mut list = TopicPartitionList::with_capacity(places.len());
            for (topic, partition, from) in places {
                let name = topic.name(&prefix);
                let offset = place(&consumer, &name, partition, from)?;
                list.add_partition_offset(&name, partition, offset)?;
            }
            consumer.assign(&list)?;
            Ok(())
        })
        .await
    }

    /// From now on follows every partition of every topic of this reader, from `from` on.
    pub async fn follow_all(&self, from: From) -> Result<(), BusError> {
        let mut places = Vec::new();
        for topic in self.topics.values() {
            places.extend(
                self.partitions(*topic).await?.into_iter().map(|partition| (*topic, partition, from)),
            );
        }
        self.follow(&places).await
    }

    /// The next record. May be interrupted; waits while the broker is away.
    pub async fn next(&self) -> Result<Message, BusError> {
        loop {
            match self.consumer.recv().await {
                Ok(borrowed) => {
                    if let Some(topic) = self.topics.get(borrowed.topic()) {
                        return Ok(Message::read(*topic, &borrowed));
                    }
                }
                Err(error @ KafkaError::MessageConsumptionFatal(_)) => return Err(error.into()),
                // one event per failure: librdkafka paces them, and a pause here would pile them up
                Err(error) => tracing::debug!(%error, "reading goes on after a failure"),
            }
        }
    }

    /// Whether the broker answers; the error says why not.
    pub async fn sign_of_life(&self) -> Result<(), BusError> {
        let (consumer, name) = (Arc::clone(&self.consumer), self.topics.keys().next().cloned());
        blocking(move || sign_of_life(consumer.client(), &name.unwrap_or_default(), Duration::from_secs(2)))
            .await
    }
}

fn place(
    consumer: &StreamConsumer<Listener>,
    topic: &str,
    partition: i32,
    from: From,
) -> Result<Offset, BusError> {
    Ok(match from {
        From::Beginning => Offset::Beginning,
        From::End => Offset::Offset(consumer.fetch_watermarks(topic, partition, PATIENCE)?.1),
        From::Offset(offset) => Offset::Offset(offset),
        From::Time(at) => {
            let mut asked = TopicPartitionList::with_capacity(1);
            asked.add_partition_offset(topic, partition, Offset::Offset(at.timestamp_millis()))?;
            let answered = consumer.offsets_for_times(asked, PATIENCE)?;
            let offset = answered.find_partition(topic, partition).map(|found| found.offset());
            match offset {
                Some(offset @ Offset::Offset(_)) => offset,
                // nothing so late has been written yet
                _ => Offset::Offset(consumer.fetch_watermarks(topic, partition, PATIENCE)?.1),
            }
        }
    })
}

impl Drop for LogReader {
    /// Ending a client blocks, so it is not done on the runtime.
    fn drop(&mut self) {
        let consumer = Arc::clone(&self.consumer);
        std::thread::spawn(move || drop(consumer));
    }
}
