//! Hears accepted orders: stores them, tells of them, and only then lets the log know.
//!
//! The place in the log is this path's outbox: whatever a crash interrupts is done again, and every step is
//! harmless when it is done twice.

use std::sync::Arc;

use bus::{BatchHandler, Message, SendError};
use chassis::trace;
use contracts::record::BadRecord;
use domain::ids::OrderId;
use domain::{ErrorKind, ServiceError};
use store::StoreError;

use super::accepted::accepted;
use super::tell::Teller;
use crate::app::App;

/// The consumer group, known to operators since the first version.
pub const GROUP: &str = "order-service-stable-group";
/// Orders in one transaction at most.
pub const BATCH_MAX: usize = 256;

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

impl BatchHandler for HearOrders {
    type Error = HearError;

    async fn handle(&self, batch: &[Message]) -> Result<(), HearError> {
        let orders = batch.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let persisted = self.app.persist(&orders).await?;

        let traces = |id: OrderId| {
            let same = orders.iter().zip(batch).find(|(order, _)| order.id == id);
            same.and_then(|(_, message)| message.headers.trace())
        };
        count(batch.len(), &persisted);
        self.teller.begun(&persisted, traces).await?;
        for (order, message) in orders.iter().zip(batch) {
            say(order.id, message);
        }
        Ok(())
    }
}

/// One line per order for whoever follows it by its trace id.
fn say(order: OrderId, message: &Message) {
    let Some(trace) = message.headers.trace() else { return };
    trace::span("persist", &trace).in_scope(|| {
        tracing::debug!(target: "orders", { order.id = %order }, "order {order} is stored and told");
    });
}

fn read(message: &Message) -> Result<crate::storage::NewOrder, HearError> {
    let Message { partition, offset, .. } = *message;
    accepted(message).map_err(|source| HearError::Record { partition, offset, source })
}

fn count(heard: usize, persisted: &crate::app::Persisted) {
    #[expect(clippy::cast_precision_loss, reason = "a batch is small")]
    metrics::histogram!("orders_persist_batch_size").record(heard as f64);
    metrics::counter!("orders_stored_total").increment(persisted.stored as u64);
    metrics::counter!("orders_duplicate_total").increment(persisted.duplicates.len() as u64);
    let known = heard.saturating_sub(persisted.stored + persisted.duplicates.len());
    metrics::counter!("orders_known_total").increment(known as u64);
}
