//! Making topics, and asking where they end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use contracts::topics::{Topic, TopicSpec};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::context::{Listener, blocking};
use crate::error::BusError;
use crate::settings::BusSettings;

const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Makes the topics that do not exist, waits until the broker knows them, and answers their names. One replica means
/// one machine: few partitions; more replicas mean production.
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
    let (admin, give_up) = (Arc::new(admin), Instant::now() + PATIENCE);
    for name in &created {
        until_known(&admin, name, give_up).await?;
    }
    Ok(created)
}

/// The controller makes a topic, and a moment later the broker knows of it.
async fn until_known(
    admin: &Arc<AdminClient<Listener>>,
    topic: &str,
    give_up: Instant,
) -> Result<(), BusError> {
    loop {
        let (admin, name) = (Arc::clone(admin), topic.to_owned());
        match blocking(move || partitions_of(admin.inner(), &name)).await {
            Err(BusError::NoTopic(_)) if Instant::now() < give_up => tokio::time::sleep(LOOK_AGAIN).await,
            found => return found.map(drop),
        }
    }
}

/// Removes the topics whose whole name `is_meant`, at most `limit` of them; answers how many. What a deployment
/// or a test leaves behind is not removed by itself.
pub async fn remove_topics(
    settings: &BusSettings,
    limit: usize,
    is_meant: impl Fn(&str) -> bool + Send,
) -> Result<usize, BusError> {
    let config = settings.client_config()?;
    let client = |error: KafkaError| BusError::Settings(error.into());
    let consumer: BaseConsumer<Listener> = config.create_with_context(Listener::default()).map_err(client)?;
    let all = blocking(move || {
        let metadata = consumer.fetch_metadata(None, PATIENCE)?;
        Ok(metadata.topics().iter().map(|topic| topic.name().to_owned()).collect::<Vec<_>>())
    })
    .await?;
    let meant: Vec<&str> = all.iter().map(String::as_str).filter(|name| is_meant(name)).take(limit).collect();
    if meant.is_empty() {
        return Ok(0);
    }
    let admin: AdminClient<Listener> = config.create_with_context(Listener::default()).map_err(client)?;
    let options = AdminOptions::new().request_timeout(Some(PATIENCE)).operation_timeout(Some(PATIENCE));
    let removed = admin.delete_topics(&meant, &options).await?;
    Ok(removed.iter().filter(|result| result.is_ok()).count())
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
