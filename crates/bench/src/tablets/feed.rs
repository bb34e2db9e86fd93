//! What makes a server tell its tablets something.

use std::future::Future;

use anyhow::Context as _;
use bus::{OutRecord, Producer};
use chassis::{Clock as _, IdSource as _, SystemClock, SystemIds};
use contracts::events::v1::OrderEvent;
use contracts::events::v1::order_event::Type;
use contracts::order::{PizzaItem, PizzaOrder};
use contracts::topics::Topic;
use prost::Message as _;
use testkit::{BRANCH_MAIN, TestTopics};

use crate::floors::child::Child;

/// Makes a server tell.
pub trait Feed {
    /// So many events more.
    fn tell(&mut self, events: u64) -> impl Future<Output = anyhow::Result<()>>;
}

/// Events of a kitchen's live orders in `order-events`, as order-consumer writes them.
pub struct Orders {
    producer: Producer,
    live: Vec<PizzaOrder>,
    next: usize,
}

impl Orders {
    /// So many live orders in the main branch; each event moves the next of them.
    pub fn new(topics: &TestTopics, live: usize) -> anyhow::Result<Self> {
        let producer = Producer::new(&topics.settings("bench")).context("a producer")?;
        let live = (0..live.max(1)).map(order).collect();
        Ok(Self { producer, live, next: 0 })
    }

    fn event(&mut self) -> OutRecord {
        let at = self.next % self.live.len();
        self.next += 1;
        let order = &mut self.live[at];
        order.version += 1;
        let (from, to) =
            if order.version % 2 == 0 { ("accepted", "preparing") } else { ("preparing", "accepted") };
        to.clone_into(&mut order.status);
        let now = SystemClock.now();
        let event_id = SystemIds.new_v7(now);
        let event = OrderEvent {
            event_id: event_id.to_string(),
            r#type: Type::StatusChanged.into(),
            branch_id: order.branch_id.clone(),
            order_id: order.id.clone(),
            version: order.version,
            at: Some(now.into()),
            actor: "staff:7".to_owned(),
            from_status: from.to_owned(),
            to_status: to.to_owned(),
            order: Some(order.clone()),
            ..OrderEvent::default()
        };
        OutRecord {
            topic: Topic::OrderEvents,
            key: order.branch_id.clone(),
            payload: event.encode_to_vec(),
            event_id,
            message: Topic::OrderEvents.message(),
            trace: None,
            extra_headers: Vec::new(),
        }
    }
}

impl Feed for Orders {
    async fn tell(&mut self, events: u64) -> anyhow::Result<()> {
        let records = (0..events).map(|_| self.event()).collect();
        self.producer.send_all(records).await.context("telling order events")
    }
}

impl Feed for Child {
    async fn tell(&mut self, events: u64) -> anyhow::Result<()> {
        self.say(&events.to_string())
    }
}

/// An order whose frame has about 1 KB.
fn order(number: usize) -> PizzaOrder {
    let now = SystemClock.now();
    let item = |name: &str| PizzaItem {
        pizza_name: name.to_owned(),
        quantity: 1,
        price: 690,
        ..PizzaItem::default()
    };
    PizzaOrder {
        id: SystemIds.new_v7(now).to_string(),
        display_id: format!("{number:04}"),
        items: vec![item("Пепперони 30 см")],
        total_price: 690,
        final_price: 690,
        created_at: now.timestamp_nanos_opt().unwrap_or_default(),
        status: "accepted".to_owned(),
        customer_first_name: "Анна".to_owned(),
        branch_id: BRANCH_MAIN.to_owned(),
        channel: "mobile".to_owned(),
        payment_method: "card".to_owned(),
        payment_state: "paid".to_owned(),
        is_pickup: true,
        notes: "без лука".to_owned(),
        slot_start: now.timestamp() + 1800,
        slot_end: now.timestamp() + 2700,
        menu_revision: 1,
        version: 1,
        shown: true,
        ..PizzaOrder::default()
    }
}
