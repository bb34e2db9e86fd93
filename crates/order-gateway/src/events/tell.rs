//! Orders for `pizza-orders`.

use bus::{OutRecord, Producer, SendError};
use chassis::failpoint;
use contracts::order::PizzaOrder;
use contracts::topics::Topic;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use prost::Message as _;
use uuid::Uuid;

use crate::app::ports::{NotCommitted, OrderLog};

/// The order log on Kafka.
pub struct KafkaLog(pub Producer);

impl OrderLog for KafkaLog {
    fn commit<'a>(&'a self, order: &PizzaOrder) -> BoxFuture<'a, Result<(), NotCommitted>> {
        let record = OutRecord {
            topic: Topic::PizzaOrders,
            payload: order.encode_to_vec(),
            // the order is its own event: a repeat tells the same one
            event_id: order.id.parse().unwrap_or(Uuid::nil()),
            key: order.id.clone(),
            message: Topic::PizzaOrders.message(),
            trace: Some(chassis::trace::current_or_fresh().child()),
            extra_headers: Vec::new(),
        };
        async move {
            failpoint!("order_gateway::before_produce", NotCommitted::Refused("failpoint".into()));
            let sent = self.0.send(record).await;
            failpoint!("order_gateway::after_produce", NotCommitted::InDoubt("failpoint".into()));
            match sent {
                Ok(_) => Ok(()),
                Err(error @ SendError::Refused(_)) => Err(NotCommitted::Refused(error.into())),
                Err(error @ SendError::InDoubt(_)) => Err(NotCommitted::InDoubt(error.into())),
            }
        }
        .boxed()
    }
}
