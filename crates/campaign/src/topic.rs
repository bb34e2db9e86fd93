//! What a topic holds, from some place to its present end.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context as _;
use bus::{BusSettings, From, LogReader, Message};
use contracts::topics::Topic;

/// How long the broker may take to hand out the next record of what it has.
const PATIENCE: Duration = Duration::from_secs(15);

/// Reads all partitions of `topic`.
pub async fn read(settings: &BusSettings, topic: Topic, from: From) -> anyhow::Result<Vec<Message>> {
    let reader = LogReader::new(settings, &[topic])?;
    let starts = reader.offsets(topic, from).await?;
    let ends: HashMap<i32, i64> = reader.end_offsets(topic).await?.into_iter().collect();
    let end_of = |partition: &i32| ends.get(partition).copied().unwrap_or_default();
    let places: Vec<_> = starts.iter().filter(|(partition, start)| *start < end_of(partition)).collect();
    let mut open: HashMap<i32, i64> =
        places.iter().map(|(partition, _)| (*partition, end_of(partition))).collect();
    let places: Vec<_> =
        places.iter().map(|(partition, start)| (topic, *partition, From::Offset(*start))).collect();
    reader.follow(&places).await?;
    let mut messages = Vec::new();
    while !open.is_empty() {
        let next = tokio::time::timeout(PATIENCE, reader.next()).await;
        let message = next.context("the broker does not hand out what it has")??;
        let Some(end) = open.get(&message.partition).copied() else { continue };
        if message.offset + 1 >= end {
            open.remove(&message.partition);
        }
        if message.offset < end {
            messages.push(message);
        }
    }
    Ok(messages)
}
