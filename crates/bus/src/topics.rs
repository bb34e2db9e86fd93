//! Making topics, and asking where they end.

use std::time::Duration;

use contracts::topics::{Topic, TopicSpec};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::context::{Listener, blocking};
use crate::error::BusError;
use crate::settings::BusSettings;

const PATIENCE: Duration = Duration::from_secs(10);

/// Makes the topics that do not exist, and answers their names. One replica means one machine: few
/// partitions; more replicas mean production.
pub async fn ensure_topics(
    settings: &BusSettings,
    specs: &[TopicSpec],
    replication: i32,
) -> Result<Vec<String>, BusError> {
    let admin: AdminClient<Listener> = settings
        .client_config()?
        .create_with_context(Listener::default())
        .map_err(|error| BusError::Settings(error.into()))?;
    let layouts: Vec<Layout> =
        specs.iter().map(|spec| Layout::new(spec, &settings.topic_prefix, replication)).collect();
    let options = AdminOptions::new().request_timeout(Some(PATIENCE)).operation_timeout(Some(PATIENCE));
    let new: Vec<NewTopic<'_>> = layouts.iter().map(Layout::as_new_topic).collect();
    let results = admin.create_topics(&new, &options).await?;
    let mut created = Vec::new();
    for result in results {
        match result {
            Ok(name) => created.push(name),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((_, code)) => return Err(KafkaError::AdminOp(code).into()),
        }
    }
    Ok(created)
}

/// Where each partition of the topic ends: the offset that its next record gets.
pub async fn end_offsets(settings: &BusSettings, topic: Topic) -> Result<Vec<(i32, i64)>, BusError> {
    let consumer: BaseConsumer<Listener> = settings
        .client_config()?
        .create_with_context(Listener::default())
        .map_err(|error| BusError::Settings(error.into()))?;
    let name = topic.name(&settings.topic_prefix);
    blocking(move || ends_of(consumer.client(), &name)).await
}

/// The partitions of a topic. Blocks.
pub fn partitions_of<C: ClientContext>(client: &Client<C>, topic: &str) -> Result<Vec<i32>, BusError> {
    let metadata = client.fetch_metadata(Some(topic), PATIENCE)?;
    let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
    match found {
        Some(found) if !found.partitions().is_empty() => {
            Ok(found.partitions().iter().map(rdkafka::metadata::MetadataPartition::id).collect())
        }
        _ => Err(BusError::NoTopic(topic.to_owned())),
    }
}

/// Where each partition of a topic ends. Blocks.
pub fn ends_of<C: ClientContext>(client: &Client<C>, topic: &str) -> Result<Vec<(i32, i64)>, BusError> {
    let mut ends = Vec::new();
    for partition in partitions_of(client, topic)? {
        let (_, end) = client.fetch_watermarks(topic, partition, PATIENCE)?;
        ends.push((partition, end));
    }
    Ok(ends)
}

/// A topic's layout in the broker's words.
struct Layout {
    name: String,
    partitions: i32,
    replication: i32,
    settings: Vec<(&'static str, String)>,
}

impl Layout {
    fn new(spec: &TopicSpec, prefix: &str, replication: i32) -> Self {
        let mut settings = vec![
            ("cleanup.policy", "delete".to_owned()),
            ("retention.ms", spec.retention.as_millis().to_string()),
        ];
        if let Some(bytes) = spec.retention_bytes {
            settings.push(("retention.bytes", bytes.to_string()));
        }
        if replication >= 3 {
            settings.push(("min.insync.replicas", "2".to_owned()));
        }
        let partitions = if replication > 1 { spec.partitions_prod } else { spec.partitions_dev };
        Self { name: spec.topic.name(prefix), partitions, replication, settings }
    }

    fn as_new_topic(&self) -> NewTopic<'_> {
        let topic = NewTopic::new(&self.name, self.partitions, TopicReplication::Fixed(self.replication));
        self.settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
    }
}
