//! What lies on the topics: accepted records, events, dead letters, and how far the groups have read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use anyhow::Context as _;
use bus::{BusSettings, From, LogReader, Message};
use chrono::{DateTime, Utc};
use contracts::events::v1::OrderEvent;
use contracts::events::v1::order_event::Type;
use contracts::order::PizzaOrder;
use contracts::topics::Topic;
use prost::Message as _;
use uuid::Uuid;

/// Groups that must have read everything, and what they read.
pub const GROUPS: [(&str, &[Topic]); 2] = [
    ("order-service-stable-group", &[Topic::PizzaOrders]),
    ("slot-scheduler", &[Topic::PizzaOrders, Topic::OrderEvents]),
];
/// How long the broker may take to hand out the next record of what it has.
const PATIENCE: Duration = Duration::from_secs(15);

/// The topics as far as the invariants speak about them.
#[derive(Debug, Default)]
pub struct Log {
    /// Records of `pizza-orders`.
    pub records: Vec<Record>,
    /// What `order-events` tells of each order.
    pub told: HashMap<Uuid, Told>,
    /// Where dead letters came from: `topic/partition/offset`, and why; a letter that came twice counts once.
    pub dead: BTreeMap<String, String>,
    /// Event records that nobody can read.
    pub unreadable: Vec<String>,
    /// Before this time records may have been forgotten by the broker.
    pub whole_since: DateTime<Utc>,
    /// Partitions that a group has not read to their end.
    pub unread: Vec<(&'static str, String)>,
}

/// One record of `pizza-orders`.
#[derive(Debug)]
pub struct Record {
    /// `topic/partition/offset`.
    pub origin: String,
    /// The order it is about, when it says so.
    pub order: Option<Uuid>,
}

/// What was told of one order.
#[derive(Debug, Default)]
pub struct Told {
    /// Ids of the events by version, each once however often it was told.
    pub versions: BTreeMap<i64, HashSet<String>>,
    /// Versions that told that the kitchen sees it now.
    pub visible: HashSet<i64>,
    /// The state that the newest version told.
    pub newest: Option<PizzaOrder>,
    /// The order is a second one of a key that another order has.
    pub duplicate_of: Option<String>,
}

impl Log {
    /// Reads the topics from end to end.
    pub async fn read(settings: &BusSettings) -> anyhow::Result<Self> {
        let (unread, mut log) = tokio::try_join!(unread(settings), Self::read_topics(settings))?;
        log.unread = unread;
        Ok(log)
    }

    async fn read_topics(settings: &BusSettings) -> anyhow::Result<Self> {
        let topics = [Topic::PizzaOrders, Topic::PizzaOrdersDlq, Topic::OrderEvents];
        let mut log = Self::default();
        let reader = LogReader::new(settings, &topics)?;
        let (mut places, mut open) = (Vec::new(), HashMap::new());
        let mut truncated = HashSet::new();
        for topic in topics {
            let starts = reader.offsets(topic, From::Beginning).await?;
            let ends: HashMap<i32, i64> = reader.end_offsets(topic).await?.into_iter().collect();
            for (partition, start) in starts {
                let end = ends.get(&partition).copied().unwrap_or(start);
                if start < end {
                    places.push((topic, partition, From::Offset(start)));
                    open.insert((topic, partition), end);
                }
                if start > 0 {
                    truncated.insert((topic, partition));
                }
            }
        }
        reader.follow(&places).await?;
        while !open.is_empty() {
            let next = tokio::time::timeout(PATIENCE, reader.next()).await;
            let message = next.context("the broker does not hand out what it has")??;
            let partition = (message.topic, message.partition);
            if truncated.remove(&partition) {
                log.whole_since = log.whole_since.max(message.timestamp);
            }
            let Some(end) = open.get(&partition).copied() else { continue };
            if message.offset < end {
                log.note(&message, &settings.topic_prefix);
            }
            if message.offset + 1 >= end {
                open.remove(&partition);
            }
        }
        Ok(log)
    }

    fn note(&mut self, message: &Message, prefix: &str) {
        let origin = format!("{}/{}/{}", message.topic.name(prefix), message.partition, message.offset);
        match message.topic {
            Topic::PizzaOrders => {
                let order = PizzaOrder::decode(message.payload.clone()).ok();
                let order = order.and_then(|order| order.id.parse().ok());
                self.records.push(Record { origin, order });
            }
            Topic::PizzaOrdersDlq => {
                let from = message.headers.get("dead.origin").unwrap_or(&origin);
                let reason = message.headers.get("dead.reason").unwrap_or_default();
                self.dead.insert(from.to_owned(), reason.to_owned());
            }
            Topic::OrderEvents => match OrderEvent::decode(message.payload.clone()) {
                Ok(event) => self.note_event(event, origin),
                Err(_) => self.unreadable.push(origin),
            },
            Topic::SlotEvents | Topic::MenuEvents => {}
        }
    }

    fn note_event(&mut self, event: OrderEvent, origin: String) {
        let Ok(id) = event.order_id.parse() else {
            self.unreadable.push(origin);
            return;
        };
        let told = self.told.entry(id).or_default();
        if event.r#type() == Type::Duplicate {
            told.duplicate_of = Some(event.original_order_id);
            return;
        }
        let newest = told.versions.keys().next_back().copied().unwrap_or(0);
        if event.r#type() == Type::Visible {
            told.visible.insert(event.version);
        }
        told.versions.entry(event.version).or_default().insert(event.event_id);
        if event.version >= newest {
            told.newest = event.order;
        }
    }
}

/// Partitions that some group has not read to their end.
pub async fn unread(settings: &BusSettings) -> anyhow::Result<Vec<(&'static str, String)>> {
    let [orders, slots] = GROUPS.map(|(group, topics)| async move {
        let named = move |(topic, partition, end): (Topic, i32, i64)| {
            (group, format!("{}/{partition} to {end}", topic.base_name()))
        };
        Ok::<_, anyhow::Error>(bus::unread_ends(settings, group, topics).await?.into_iter().map(named))
    });
    let (orders, slots) = tokio::try_join!(orders, slots)?;
    Ok(orders.chain(slots).collect())
}
