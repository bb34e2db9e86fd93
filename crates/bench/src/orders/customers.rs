//! `CreateOrder` as a mobile app calls it.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use chassis::{Clock as _, SystemClock};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::order::PizzaOrderRequest;
use contracts::order::order_service_client::OrderServiceClient;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::tally::Tally;

/// A product of the demo, by its old name.
const PRODUCT: &str = "Маргарита";
/// Connections of all apps together.
const CONNECTIONS: usize = 4;
/// How long an app waits.
const PATIENCE: Duration = Duration::from_secs(5);
/// Orders for one slot before they are for the next one: no slot is ever full, whatever its largest limit.
const IN_A_SLOT: u64 = 8_000;
const SLOT: TimeDelta = TimeDelta::minutes(15);

/// All mobile apps; clones are the same apps.
#[derive(Clone)]
pub struct Customers {
    channels: Arc<[Channel]>,
    shared: Arc<Shared>,
}

struct Shared {
    numbers: AtomicU64,
    /// In every key: two runs have no key in common.
    run: String,
    begun: DateTime<Utc>,
    tally: Tally,
}

/// What an app was told.
#[derive(Debug)]
pub enum Told {
    /// The order is accepted.
    Accepted(Uuid),
    /// Not now, but later: with a hint when.
    Later,
    /// Anything else.
    Failed(String),
}

impl Customers {
    /// Connects to whoever serves there.
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        let endpoint = Endpoint::from_shared(url.to_owned())?.tcp_nodelay(true);
        let mut channels = Vec::new();
        for _ in 0..CONNECTIONS {
            channels.push(endpoint.connect().await.with_context(|| format!("connecting to {url}"))?);
        }
        let begun = SystemClock.now();
        let run = format!("bench-{}", begun.timestamp_micros());
        let shared = Shared { numbers: AtomicU64::new(0), run, begun, tally: Tally::default() };
        Ok(Self { channels: channels.into(), shared: Arc::new(shared) })
    }

    /// What they were told so far.
    pub fn tally(&self) -> &Tally {
        &self.shared.tally
    }

    /// Places an order and notes what came of it; `None` is a failure.
    pub async fn place(&self) -> Option<Uuid> {
        match self.ask().await {
            Told::Accepted(order) => {
                self.tally().acknowledged(order);
                Some(order)
            }
            Told::Later => {
                self.tally().failed("refused, with a hint when to come again");
                None
            }
            Told::Failed(why) => {
                self.tally().failed(&why);
                None
            }
        }
    }

    /// Places an order, and notes nothing.
    pub async fn ask(&self) -> Told {
        let number = self.shared.numbers.fetch_add(1, Ordering::Relaxed);
        match self.call(number).await {
            Ok(order_id) => match order_id.parse() {
                Ok(order) => Told::Accepted(order),
                Err(_) => Told::Failed(format!("an order without an id: {order_id:?}")),
            },
            Err(status) if is_later(&status) => Told::Later,
            Err(status) => Told::Failed(reason(&status)),
        }
    }

    async fn call(&self, number: u64) -> Result<String, Status> {
        let mut request = Request::new(PizzaOrderRequest {
            pizza_name: PRODUCT.to_owned(),
            quantity: 1,
            customer_first_name: "Анна".to_owned(),
            customer_phone: "+79123456789".to_owned(),
            is_pickup: true,
            preferred_time: Some(self.wanted_at(number).into()),
            ..PizzaOrderRequest::default()
        });
        let key = format!("{}-{number}", self.shared.run);
        let key = key.parse().map_err(|_| Status::internal("the key is no header"))?;
        request.metadata_mut().insert("idempotency-key", key);
        request.set_timeout(PATIENCE);
        let lane = usize::try_from(number).unwrap_or_default() % CONNECTIONS;
        let mut client = OrderServiceClient::new(self.channels[lane].clone());
        Ok(client.create_order(request).await?.into_inner().order_id)
    }

    fn wanted_at(&self, number: u64) -> DateTime<Utc> {
        self.shared.begun + SLOT * i32::try_from(number / IN_A_SLOT).unwrap_or(i32::MAX)
    }
}

/// What a call failed of, to the last cause: a broken connection says only there what broke it.
fn reason(status: &Status) -> String {
    let causes = std::iter::successors(status.source(), |cause| (*cause).source());
    causes
        .fold(format!("{:?}: {}", status.code(), status.message()), |said, cause| format!("{said}: {cause}"))
}

/// A refusal as it should be: a server that has too much to do, and says when to come again.
fn is_later(status: &Status) -> bool {
    matches!(status.code(), Code::ResourceExhausted | Code::Unavailable)
        && status.get_error_details().retry_info().is_some_and(|info| info.retry_delay.is_some())
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::*;

    #[test]
    fn a_refusal_counts_as_one_only_with_a_hint() {
        let hint = ErrorDetails::with_retry_info(Some(Duration::from_secs(1)));
        let with = |code| Status::with_error_details(code, "too much", hint.clone());

        assert!(is_later(&with(Code::ResourceExhausted)));
        assert!(is_later(&with(Code::Unavailable)));
        assert!(!is_later(&with(Code::DeadlineExceeded)));
        assert!(!is_later(&Status::resource_exhausted("too much")));
    }
}
