//! One member of a consumer group.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::topics::Topic;
use futures_util::FutureExt as _;
use rdkafka::Message as _;
use rdkafka::consumer::{CommitMode, Consumer as _, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use tokio::sync::oneshot;

use super::Group;
use crate::context::{Listener, blocking, sign_of_life};
use crate::error::{BrokerError, BusError, code};
use crate::message::Message;
use crate::settings::BusSettings;

/// The member, its topics by their whole names, and what it has read too early.
pub struct Membership {
    consumer: Arc<StreamConsumer<Listener>>,
    topics: BTreeMap<String, Topic>,
    read_ahead: Mutex<VecDeque<Message>>,
}

/// Asks the member's broker for a sign of life.
pub struct Prober {
    consumer: std::sync::Weak<StreamConsumer<Listener>>,
    topic: String,
}

/// What is there sooner is handed out sooner.
const GATHERED_BYTES: &str = "1048576";
const LEAVE_PATIENCE: Duration = Duration::from_secs(8);
const PROBE_PATIENCE: Duration = Duration::from_secs(2);
const PAUSED_POLL: Duration = Duration::from_secs(1);

impl Membership {
    /// Joins; the broker need not be there yet.
    pub fn join(settings: &BusSettings, group: &Group) -> Result<Self, BusError> {
        let mut config = settings.client_config()?;
        config
            .set("group.id", format!("{}{}", settings.topic_prefix, group.group))
            // the broker shares out, and knows a member again after an outage of its own, however long; how long
            // a member may be silent is its setting, `group.consumer.session.timeout.ms`
            .set("group.protocol", "consumer")
            .set("max.poll.interval.ms", "60000")
            // we say what is done, and librdkafka commits that in the background
            .set("enable.auto.offset.store", "false")
            .set("enable.auto.commit", "true")
            .set("auto.commit.interval.ms", "5000")
            .set("auto.offset.reset", "earliest")
            .set("isolation.level", "read_committed")
            .set("fetch.wait.max.ms", "100")
            .set("queued.min.messages", "1000")
            // the default is a second, for which a reader with more than that to read stands still
            .set("fetch.queue.backoff.ms", "5")
            .set("queued.max.messages.kbytes", "16384");
        if !group.gather.is_zero() {
            config
                .set("fetch.min.bytes", GATHERED_BYTES)
                .set("fetch.wait.max.ms", group.gather.as_millis().to_string());
        }
        let consumer: StreamConsumer<Listener> = config
            .create_with_context(Listener::default())
            .map_err(|error| BusError::Settings(error.into()))?;
        let topics: BTreeMap<_, _> =
            group.topics.iter().map(|topic| (topic.name(&settings.topic_prefix), *topic)).collect();
        let names: Vec<&str> = topics.keys().map(String::as_str).collect();
        consumer.subscribe(&names)?;
        Ok(Self { consumer: Arc::new(consumer), topics, read_ahead: Mutex::default() })
    }

    /// Someone who asks for signs of life without keeping the member alive.
    pub fn prober(&self) -> Prober {
        let topic = self.topics.keys().next().cloned().unwrap_or_default();
        Prober { consumer: Arc::downgrade(&self.consumer), topic }
    }

    /// The next record. May be interrupted. Survives everything but a failure that is final.
    pub async fn next(&self) -> Result<Message, BusError> {
        if let Some(message) = self.read_ahead().pop_front() {
            return Ok(message);
        }
        loop {
            // one event per failure: librdkafka paces them, and a pause here would pile them up
            if let Some(message) = self.read(self.consumer.recv().await)? {
                return Ok(message);
            }
        }
    }

    /// `first` and whatever else is there already.
    pub fn drain(&self, first: Message, group: &Group) -> Vec<Message> {
        let mut bytes = first.payload.len();
        let mut batch = vec![first];
        while batch.len() < group.batch_max && bytes < group.batch_bytes {
            let ahead = self.read_ahead().pop_front();
            let next = match ahead {
                Some(message) => message,
                // a failure shows itself again at the next read
                None => match self.consumer.recv().now_or_never().map(|received| self.read(received)) {
                    Some(Ok(Some(message))) => message,
                    _ => break,
                },
            };
            bytes += next.payload.len();
            batch.push(next);
        }
        batch
    }

    /// Asks the broker for nothing more, for the time being.
    pub fn pause(&self) {
        self.with_assignment("pause", StreamConsumer::pause);
    }

    /// Goes on where it was paused.
    pub fn resume(&self) {
        self.with_assignment("resume", StreamConsumer::resume);
    }

    /// Keeps the membership alive for a second. A partition that comes meanwhile is not paused yet: what it
    /// gives is kept for later.
    pub async fn poll_paused(&self) -> Result<(), BusError> {
        let Ok(received) = tokio::time::timeout(PAUSED_POLL, self.consumer.recv()).await else {
            return Ok(());
        };
        let message = self.read(received)?;
        self.read_ahead().extend(message);
        self.pause();
        Ok(())
    }

    /// Marks records as done; the next commit takes them along.
    pub fn mark_done(&self, done: &[Message]) -> Result<(), BusError> {
        let mut last = BTreeMap::new();
        for message in done {
            last.insert((message.topic, message.partition), message.offset);
        }
        for (name, topic) in &self.topics {
            for ((_, partition), offset) in last.iter().filter(|((of, _), _)| of == topic) {
                // `store_offset` adds one by itself
                match self.consumer.store_offset(name, *partition, *offset) {
                    Err(error) if has_moved(&error) => {
                        tracing::debug!(
                            topic = name,
                            partition,
                            "the partition has moved, its new reader begins again"
                        );
                    }
                    stored => stored?,
                }
            }
        }
        Ok(())
    }

    /// Commits what is done and leaves the group.
    pub async fn leave(self) {
        let (left, has_left) = oneshot::channel();
        let Self { consumer, .. } = self;
        // a broker that is away would hold up the runtime's end; a thread of its own holds up nobody
        std::thread::spawn(move || {
            match consumer.commit_consumer_state(CommitMode::Sync) {
                Err(error) if code(&error) != Some(RDKafkaErrorCode::NoOffset) => {
                    tracing::warn!(%error, "the last offsets are not committed, their records will be read again");
                }
                _ => {}
            }
            consumer.unsubscribe();
            drop(consumer);
            let _ = left.send(());
        });
        if tokio::time::timeout(LEAVE_PATIENCE, has_left).await.is_err() {
            tracing::warn!("the consumer group was not left in time");
        }
    }

    fn read(&self, received: Result<BorrowedMessage<'_>, KafkaError>) -> Result<Option<Message>, BusError> {
        match received {
            Ok(borrowed) => {
                let topic = self.topics.get(borrowed.topic());
                Ok(topic.map(|topic| Message::read(*topic, &borrowed)))
            }
            Err(KafkaError::MessageConsumptionFatal(code)) => {
                Err(BrokerError::from(KafkaError::MessageConsumptionFatal(code)).into())
            }
            Err(error) => {
                tracing::debug!(%error, "reading goes on after a failure");
                Ok(None)
            }
        }
    }

    fn with_assignment<F>(&self, verb: &str, change: F)
    where
        F: Fn(&StreamConsumer<Listener>, &rdkafka::TopicPartitionList) -> Result<(), KafkaError>,
    {
        let outcome = self.consumer.assignment().and_then(|assignment| change(&self.consumer, &assignment));
        if let Err(error) = outcome {
            tracing::warn!(%error, "could not {verb} the partitions");
        }
    }

    /// What was read too early, without what belongs to others meanwhile: a partition that comes back begins
    /// again before it, and its records must not be marked out of turn.
    fn read_ahead(&self) -> MutexGuard<'_, VecDeque<Message>> {
        let mut read_ahead = self.read_ahead.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, partition) in self.consumer.context().take_revoked() {
            let topic = self.topics.get(&name);
            read_ahead.retain(|message| Some(&message.topic) != topic || message.partition != partition);
        }
        read_ahead
    }
}

impl Prober {
    /// Whether the broker answers; `None` once the member has left.
    pub async fn ask(&self) -> Option<Result<(), String>> {
        let consumer = self.consumer.upgrade()?;
        let listener = consumer.client().context().clone();
        let topic = self.topic.clone();
        let answer = blocking(move || sign_of_life(consumer.client(), &topic, PROBE_PATIENCE)).await;
        Some(answer.map_err(|error| listener.last_failure().unwrap_or_else(|| error.to_string())))
    }
}

/// The partition belongs to another member meanwhile, which reads the records again.
fn has_moved(error: &KafkaError) -> bool {
    matches!(
        error,
        KafkaError::StoreOffset(
            RDKafkaErrorCode::State | RDKafkaErrorCode::UnknownPartition | RDKafkaErrorCode::AssignmentLost
        )
    )
}
