//! Watching an order: its present state, then every change, until it has ended.
//!
//! The order book is asked again whenever a hint names the order, and every other second because hints may get
//! lost. An order that is not stored yet is waited for. A watcher that does not read loses its place, and so does one
//! that has had it for long: whoever is still there watches again.

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
use super::watchers::Watcher;
use super::{App, OrderError, Ports};

const ASK_AGAIN: Duration = Duration::from_secs(2);
const NOT_YET_STORED: Duration = Duration::from_mins(1);
/// Within this time a watcher reads what waits for it, or somebody else gets its place.
const READ: Duration = Duration::from_secs(30);

/// So long a watch lasts; an order takes longer at times, a watcher that nobody looks at may stay for days.
const LIFE: Duration = Duration::from_mins(15);

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
    until: Instant,
    _watcher: Watcher,
    _place: OwnedSemaphorePermit,
}

impl App {
    /// Follows an order until it has ended or nobody watches any more.
    pub fn watch(&self, order_id: &str) -> Result<States, OrderError> {
        let order_id = order_id_of(order_id)?;
        let place = Arc::clone(&self.watching).try_acquire_owned().map_err(|_| OrderError::Overloaded)?;
        let watcher = self.watchers.add(order_id).ok_or(OrderError::TooManyWatchers)?;
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
            until: Instant::now() + LIFE,
            _watcher: watcher,
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
                () = tokio::time::sleep_until(self.until) => {
                    self.tell(Err(OrderError::WatchOver)).await;
                    return;
                }
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
mod tests;
