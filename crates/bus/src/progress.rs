//! How far a consumer group is behind the end of its topics.

use std::time::Duration;

use contracts::topics::Topic;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};

use crate::context::{Listener, blocking};
use crate::error::BusError;
use crate::settings::BusSettings;
use crate::topics::partitions_of;

const PATIENCE: Duration = Duration::from_secs(10);

/// The end of every partition that holds records which the group has not committed, as the broker knows. The
/// ends are those after the call began; commits lag a few seconds behind what a group has done.
pub async fn unread_ends(
    settings: &BusSettings,
    group: &str,
    topics: &'static [Topic],
) -> Result<Vec<(Topic, i32, i64)>, BusError> {
    let prefix = settings.topic_prefix.clone();
    let consumer: BaseConsumer<Listener> = settings
        .client_config()?
        .set("group.id", format!("{prefix}{group}"))
        .set("enable.auto.commit", "false")
        .create_with_context(Listener::default())
        .map_err(|error| BusError::Settings(error.into()))?;
    blocking(move || {
        let mut unread = Vec::new();
        for topic in topics {
            unread.extend(
                unread_of(&consumer, &topic.name(&prefix))?.into_iter().map(|(at, end)| (*topic, at, end)),
            );
        }
        Ok(unread)
    })
    .await
}

fn unread_of(consumer: &BaseConsumer<Listener>, topic: &str) -> Result<Vec<(i32, i64)>, BusError> {
    let mut wanted = TopicPartitionList::new();
    let mut logs = Vec::new();
    for partition in partitions_of(consumer.client(), topic)? {
        let (start, end) = consumer.client().fetch_watermarks(topic, partition, PATIENCE)?;
        wanted.add_partition(topic, partition);
        logs.push((partition, start, end));
    }
    let committed = consumer.committed_offsets(wanted, PATIENCE)?;
    let has_read = |partition, start| match committed.find_partition(topic, partition).map(|at| at.offset()) {
        Some(Offset::Offset(next)) => next,
        _ => start,
    };
    Ok(logs
        .into_iter()
        .filter(|(partition, start, end)| has_read(*partition, *start) < *end)
        .map(|(partition, _, end)| (partition, end))
        .collect())
}
