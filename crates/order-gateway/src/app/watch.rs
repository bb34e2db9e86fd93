//! Watching an order: its present state, then every change, until it has ended.
//!
//! The order book is asked again whenever a hint names the order, and every other second because hints may get
//! lost. An order that is not stored yet is waited for. A watcher that does not read loses its place.

use std::sync::Arc;
use std::time::Duration;

use contracts::order::CustomerOrder;
use domain::ids::OrderId;
use domain::orders::status::OrderStatus;
use domain::{ErrorKind, ServiceError as _};
use edge::client::CallFailed;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, mpsc};
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use super::track::order_id_of;
use super::{App, OrderError, Ports};

const ASK_AGAIN: Duration = Duration::from_secs(2);
const NOT_YET_STORED: Duration = Duration::from_mins(1);
/// Within this time a watcher reads what waits for it, or somebody else gets its place.
const READ: Duration = Duration::from_secs(30);

/// States of one order.
pub type States = ReceiverStream<Result<CustomerOrder, OrderError>>;

struct Watch {
    order_id: OrderId,
    ports: Arc<Ports>,
    hints: broadcast::Receiver<String>,
    to: mpsc::Sender<Result<CustomerOrder, OrderError>>,
    read_within: Duration,
    stop: CancellationToken,
    shown: Option<i64>,
    give_up: Instant,
    _place: OwnedSemaphorePermit,
}

impl App {
    /// Follows an order until it has ended or nobody watches any more.
    pub fn watch(&self, order_id: &str) -> Result<States, OrderError> {
        let order_id = order_id_of(order_id)?;
        let place = Arc::clone(&self.watching).try_acquire_owned().map_err(|_| OrderError::Overloaded)?;
        let (to, states) = mpsc::channel(4);
        let watch = Watch {
            order_id,
            ports: Arc::clone(&self.ports),
            // before the first question: what changes after the answer is heard
            hints: self.hints.subscribe(),
            to,
            read_within: READ,
            stop: self.stop.clone(),
            shown: None,
            give_up: Instant::now() + NOT_YET_STORED,
            _place: place,
        };
        tokio::spawn(watch.run());
        Ok(ReceiverStream::new(states))
    }
}

impl Watch {
    async fn run(mut self) {
        loop {
            let answer = self.ports.orders.track(self.order_id).await;
            if self.told(answer).await.is_none() {
                return;
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.to.closed() => return,
                () = hint(&mut self.hints, self.order_id) => {}
                () = tokio::time::sleep(ASK_AGAIN) => {}
            }
        }
    }

    /// Tells the watcher what is new; `None` when there will be no more.
    async fn told(&mut self, answer: Result<CustomerOrder, CallFailed>) -> Option<()> {
        match answer {
            Ok(order) if self.shown.is_some_and(|shown| order.version <= shown) => Some(()),
            Ok(order) => {
                self.shown = Some(order.version);
                let is_live = OrderStatus::parse(&order.status).is_some_and(OrderStatus::is_live);
                self.tell(Ok(order)).await?;
                is_live.then_some(())
            }
            Err(failed) if self.may_pass(&failed) => Some(()),
            Err(failed) => {
                self.tell(Err(failed.into())).await;
                None
            }
        }
    }

    /// `None` when nobody reads any more.
    async fn tell(&self, state: Result<CustomerOrder, OrderError>) -> Option<()> {
        let told = self.to.send_timeout(state, self.read_within).await;
        if let Err(SendTimeoutError::Timeout(_)) = told {
            tracing::info!(order.id = %self.order_id, "whoever watches order {} does not read", self.order_id);
        }
        told.ok()
    }

    /// Whoever has seen the order waits through the order book's restart; others wait for the order to be stored.
    fn may_pass(&self, failed: &CallFailed) -> bool {
        let may_be_stored = failed.reason() == "NOT_YET_STORED" && Instant::now() < self.give_up;
        let is_away = matches!(failed.kind(), ErrorKind::Unavailable | ErrorKind::DeadlineExceeded);
        may_be_stored || (self.shown.is_some() && is_away)
    }
}

/// Returns when something was said about the order, or when something may have been missed.
async fn hint(hints: &mut broadcast::Receiver<String>, order_id: OrderId) {
    let id = order_id.to_string();
    loop {
        match hints.recv().await {
            Ok(text) if !text.contains(&id) => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use contracts::order::PizzaOrder;
    use domain::ids::BranchId;
    use futures_util::FutureExt as _;
    use futures_util::future::BoxFuture;
    use tokio::sync::Semaphore;
    use uuid::Uuid;

    use super::*;
    use crate::app::ports::{NotCommitted, OrderLog, Orders, SlotGiven, SlotWanted, Slots};

    /// An order book whose order changes with every look; nobody else answers.
    #[derive(Default)]
    struct Restless(AtomicI64);

    impl Orders for Restless {
        fn track(&self, _: OrderId) -> BoxFuture<'_, Result<CustomerOrder, CallFailed>> {
            let version = self.0.fetch_add(1, Ordering::SeqCst);
            let status = OrderStatus::Cooking.as_str().to_owned();
            std::future::ready(Ok(CustomerOrder { version, status, ..CustomerOrder::default() })).boxed()
        }
    }

    impl Slots for Restless {
        fn assign(&self, _: SlotWanted, _: Duration) -> BoxFuture<'_, Result<SlotGiven, CallFailed>> {
            std::future::pending().boxed()
        }

        fn release(&self, _: BranchId, _: OrderId) -> BoxFuture<'_, Result<(), CallFailed>> {
            std::future::pending().boxed()
        }
    }

    impl OrderLog for Restless {
        fn commit<'a>(&'a self, _: &PizzaOrder) -> BoxFuture<'a, Result<(), NotCommitted>> {
            std::future::pending().boxed()
        }
    }

    #[tokio::test]
    async fn a_watcher_that_never_reads_loses_its_place() {
        let (places, hints) = (Arc::new(Semaphore::new(1)), broadcast::channel(8).0);
        let (to, states) = mpsc::channel(1);
        let ports = Ports {
            slots: Arc::new(Restless::default()),
            log: Arc::new(Restless::default()),
            orders: Arc::new(Restless::default()),
        };
        let watch = Watch {
            order_id: OrderId::from_uuid(Uuid::nil()),
            ports: Arc::new(ports),
            hints: hints.subscribe(),
            to,
            read_within: Duration::from_millis(50),
            stop: CancellationToken::new(),
            shown: None,
            give_up: Instant::now() + NOT_YET_STORED,
            _place: Arc::clone(&places).try_acquire_owned().unwrap(),
        };
        hints.send(Uuid::nil().to_string()).unwrap();

        tokio::time::timeout(Duration::from_secs(10), watch.run()).await.unwrap();

        assert_eq!((states.len(), places.available_permits()), (1, 1));
    }
}
