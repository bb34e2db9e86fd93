//! Hears accepted orders: stores them, tells of them, and only then lets the log know.
//!
//! The place in the log is this path's outbox: whatever a crash interrupts is done again, and every step is
//! harmless when it is done twice. The next batch is stored while this one is told.

use std::collections::HashMap;
use std::sync::Arc;

use bus::{BatchHandler, Message, SendError};
use chassis::{TraceContext, trace};
use contracts::record::BadRecord;
use domain::ids::OrderId;
use domain::{ErrorKind, ServiceError};
use store::StoreError;

use super::accepted::accepted;
use super::tell::Teller;
use crate::app::{App, Persisted};
use crate::storage::NewOrder;

/// The consumer group, known to operators since the first version.
pub const GROUP: &str = "order-service-stable-group";
/// Orders in one transaction at most.
pub const BATCH_MAX: usize = 1000;

/// Works on batches of accepted orders.
pub struct HearOrders {
    /// The use cases.
    pub app: Arc<App>,
    /// Who tells the others.
    pub teller: Arc<Teller>,
}

/// Why a batch could not be worked on.
#[derive(Debug, thiserror::Error)]
pub enum HearError {
    /// One record will never do.
    #[error("record {partition}/{offset}: {source}")]
    Record {
        /// Partition of the record.
        partition: i32,
        /// Its place there.
        offset: i64,
        /// What is wrong with it.
        source: BadRecord,
    },
    /// PostgreSQL refuses, or does not answer.
    #[error("could not store orders")]
    Storage(#[from] StoreError),
    /// Kafka does not take the events.
    #[error("could not tell of orders")]
    Tell(#[from] SendError),
}

impl ServiceError for HearError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Record { source, .. } => source.kind(),
            Self::Storage(error) => error.kind(),
            Self::Tell(error) => error.kind(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Record { source, .. } => source.reason(),
            Self::Storage(error) => error.reason(),
            Self::Tell(error) => error.reason(),
        }
    }
}

/// What was stored, and in whose stories.
pub struct News {
    persisted: Persisted,
    traces: HashMap<OrderId, TraceContext>,
}

impl BatchHandler for HearOrders {
    type Error = HearError;
    type Rest = News;

    async fn handle(&self, batch: &[Message]) -> Result<News, HearError> {
        let orders = batch.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        // the first record of an order tells its story
        let stories = orders.iter().zip(batch).rev();
        let traces = stories.filter_map(|(order, message)| Some((order.id(), message.headers.trace()?)));
        let traces = traces.collect();
        let persisted = self.app.persist(orders).await?;
        count(batch.len(), &persisted);
        Ok(News { persisted, traces })
    }

    async fn finish(&self, _: &[Message], news: News) -> Result<(), HearError> {
        let News { persisted, traces } = news;
        self.teller.begun(persisted, &traces).await?;
        if tracing::enabled!(target: "orders", tracing::Level::DEBUG) {
            for (order, trace) in &traces {
                say(*order, trace);
            }
        }
        Ok(())
    }
}

/// One line per order for whoever follows it by its trace id.
fn say(order: OrderId, trace: &TraceContext) {
    trace::span("persist", trace).in_scope(|| {
        tracing::debug!(target: "orders", { order.id = %order }, "order {order} is stored and told");
    });
}

fn read(message: &Message) -> Result<NewOrder, HearError> {
    let Message { partition, offset, .. } = *message;
    accepted(message).map_err(|source| HearError::Record { partition, offset, source })
}

fn count(heard: usize, persisted: &Persisted) {
    #[expect(clippy::cast_precision_loss, reason = "a batch is small")]
    metrics::histogram!("orders_persist_batch_size").record(heard as f64);
    metrics::counter!("orders_stored_total").increment(persisted.stored as u64);
    metrics::counter!("orders_duplicate_total").increment(persisted.duplicates.len() as u64);
    let known = heard.saturating_sub(persisted.stored + persisted.duplicates.len());
    metrics::counter!("orders_known_total").increment(known as u64);
}
