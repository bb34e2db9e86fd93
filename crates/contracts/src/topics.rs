//! The one list of topics: who tells what, and how long Kafka keeps it.

use std::time::Duration;

/// A topic of the system. Its name on the broker may carry a prefix, see [`Topic::name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Accepted orders, as the gateway commits them; key: order id.
    PizzaOrders,
    /// Records of `pizza-orders` that cannot be stored, word for word.
    PizzaOrdersDlq,
    /// What happened to orders; key: branch id.
    OrderEvents,
    /// What happened to slots and their settings; key: branch id.
    SlotEvents,
    /// New revisions of the menu; key: `menu`.
    MenuEvents,
}

/// How a topic is laid out on the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Which topic.
    pub topic: Topic,
    /// Partitions on one machine.
    pub partitions_dev: i32,
    /// Partitions in production.
    pub partitions_prod: i32,
    /// How long records are kept.
    pub retention: Duration,
    /// How many bytes a partition keeps at most; `None` leaves it to the time.
    pub retention_bytes: Option<i64>,
}

/// The version that records are written under. A reader refuses a later one rather than guess.
pub const SCHEMA_VERSION: u32 = 1;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Topic {
    /// Every topic of the system.
    pub const ALL: [Self; 5] =
        [Self::PizzaOrders, Self::PizzaOrdersDlq, Self::OrderEvents, Self::SlotEvents, Self::MenuEvents];

    /// The topic's own name, without a deployment's prefix.
    pub const fn base_name(self) -> &'static str {
        match self {
            Self::PizzaOrders => "pizza-orders",
            Self::PizzaOrdersDlq => "pizza-orders.dlq",
            Self::OrderEvents => "order-events",
            Self::SlotEvents => "slot-events",
            Self::MenuEvents => "menu-events",
        }
    }

    /// The topic's name on a broker where this deployment's topics start with `prefix`.
    pub fn name(self, prefix: &str) -> String {
        format!("{prefix}{}", self.base_name())
    }

    /// The topic whose own name this is.
    pub fn from_base_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.base_name() == name)
    }

    /// Full name of the message that the topic's records carry.
    pub const fn message(self) -> &'static str {
        match self {
            Self::PizzaOrders | Self::PizzaOrdersDlq => "order.PizzaOrder",
            Self::OrderEvents => "pizzeria.events.v1.OrderEvent",
            Self::SlotEvents => "pizzeria.events.v1.SlotEvent",
            Self::MenuEvents => "pizzeria.events.v1.MenuEvent",
        }
    }

    /// The topic's layout on the broker.
    pub const fn spec(self) -> TopicSpec {
        let (partitions_dev, partitions_prod, retention, retention_bytes) = match self {
            Self::PizzaOrders => (6, 24, DAY.saturating_mul(3), Some(5 << 30)),
            Self::PizzaOrdersDlq => (1, 3, DAY.saturating_mul(14), None),
            Self::OrderEvents => (6, 24, DAY.saturating_mul(7), None),
            Self::SlotEvents | Self::MenuEvents => (3, 12, DAY.saturating_mul(7), None),
        };
        TopicSpec { topic: self, partitions_dev, partitions_prod, retention, retention_bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_topic() {
        for topic in Topic::ALL {
            assert_eq!(Topic::from_base_name(topic.base_name()), Some(topic));
            assert_eq!(topic.name("t1."), format!("t1.{}", topic.base_name()));
        }
    }
}
