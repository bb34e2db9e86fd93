//! Tells of orders: events to Kafka, then hot copies to Redis.

use std::collections::HashMap;
use std::sync::Arc;

use bus::{OutRecord, Producer, SendError};
use chassis::{TraceContext, failpoint};
use contracts::events::v1::OrderEvent;
use contracts::events::v1::order_event::Type;
use contracts::topics::Topic;
use domain::ids::OrderId;
use prost::Message as _;
use store::outbox::OutboxEvent;

use crate::app::{Duplicate, Persisted, event};
use crate::storage::hot::{HotState, Notice};

/// Speaks to everybody who follows orders.
pub struct Teller {
    producer: Producer,
    hot: Arc<HotState>,
}

impl Teller {
    /// Tells through an open producer and an open Redis.
    pub const fn new(producer: Producer, hot: Arc<HotState>) -> Self {
        Self { producer, hot }
    }

    /// Tells of orders that have just been stored, each in its story. Returns when Kafka has the events for good.
    pub async fn begun(
        &self,
        persisted: Persisted,
        traces: &HashMap<OrderId, TraceContext>,
    ) -> Result<(), SendError> {
        let Persisted { begun, duplicates, .. } = persisted;
        let mut records = Vec::with_capacity(begun.len() + duplicates.len());
        let mut created = Vec::with_capacity(begun.len());
        for order in begun {
            let trace = traces.get(&order.id).copied();
            let event = event::created(order);
            records.push(record(&event, trace));
            created.extend(event.order);
        }
        for Duplicate { order, accepted_at, original } in duplicates {
            tracing::warn!(
                order.id = order.id,
                original.id = %original,
                "order {} is not stored: its key belongs to {original}",
                order.id
            );
            let trace = order.id.parse().ok().and_then(|id| traces.get(&id).copied());
            records.push(record(&event::duplicate(order, original, accepted_at), trace));
        }
        self.producer.send_all(records).await?;
        failpoint!("order_consumer::after_tell");
        let copies: Vec<_> = created.iter().map(|order| (order, Some(Notice::Created))).collect();
        self.copy(&copies).await;
        Ok(())
    }

    /// Follows what the relay has published: the hot copies change after the events, never before.
    pub async fn published(&self, rows: &[OutboxEvent]) {
        let events: Vec<OrderEvent> =
            rows.iter().filter_map(|row| OrderEvent::decode(row.payload.as_slice()).ok()).collect();
        let copies: Vec<_> =
            events.iter().filter_map(|event| Some((event.order.as_ref()?, notice(event)))).collect();
        self.copy(&copies).await;
    }

    /// Best effort: the repair job fills what cannot be written now.
    async fn copy(&self, copies: &[(&contracts::order::PizzaOrder, Option<Notice>)]) {
        if let Err(error) = self.hot.put(copies).await {
            metrics::counter!("orders_hot_state_gaps_total").increment(1);
            tracing::warn!(error = %error, "the hot copies of {} orders will be written later", copies.len());
        }
    }
}

fn notice(event: &OrderEvent) -> Option<Notice> {
    match event.r#type() {
        Type::Created => Some(Notice::Created),
        Type::StatusChanged | Type::Cancelled => Some(Notice::StatusChanged),
        Type::Visible | Type::Duplicate | Type::Unspecified => None,
    }
}

fn record(told: &OrderEvent, trace: Option<TraceContext>) -> OutRecord {
    OutRecord {
        topic: Topic::OrderEvents,
        key: told.branch_id.clone(),
        payload: told.encode_to_vec(),
        event_id: event::id_of(told),
        message: Topic::OrderEvents.message(),
        trace,
        extra_headers: Vec::new(),
    }
}
