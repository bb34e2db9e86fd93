//! A good client: it sends an order with a key, and repeats with the same key at another gateway until it is
//! answered.

use std::time::Duration;

use contracts::order::order_service_client::OrderServiceClient;
use contracts::order::{OrderResponse, PizzaOrderRequest};
use tokio::time::Instant;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;
use verify::Outcome;

use crate::notes::Notes;

/// The deadline that a customer's app gives a call.
pub const DEADLINE: Duration = Duration::from_secs(3);
/// A client that measures must not cut off what comes too late.
const PATIENCE_OF_THE_MEASURE: Duration = Duration::from_secs(5);

/// Everybody who orders, over all gateways.
#[derive(Clone, Debug)]
pub struct Customers {
    gateways: Vec<OrderServiceClient<Channel>>,
}

/// One attempt.
#[derive(Debug)]
pub struct Attempt {
    /// What the gateway said.
    pub answer: Result<OrderResponse, Status>,
    /// How long it took.
    pub took: Duration,
}

impl Customers {
    /// Clients of these gRPC addresses; they connect when the first order is placed.
    pub fn of(gateways: &[String]) -> Self {
        let client = |url: &String| {
            let endpoint = Endpoint::from_shared(url.clone()).expect("an address");
            let endpoint = endpoint.connect_timeout(Duration::from_secs(1)).tcp_nodelay(true);
            OrderServiceClient::new(endpoint.connect_lazy())
        };
        Self { gateways: gateways.iter().map(client).collect() }
    }

    /// How many gateways there are.
    pub const fn gateways(&self) -> usize {
        self.gateways.len()
    }

    /// One attempt at one gateway (counted round and round), noted.
    pub async fn attempt(
        &self,
        gateway: usize,
        key: &str,
        order: &PizzaOrderRequest,
        notes: &Notes,
    ) -> Attempt {
        let attempt = self.call(gateway, key, order.clone()).await;
        let (roubles, outcome) = match &attempt.answer {
            Ok(answer) => {
                let order_id = answer.order_id.clone();
                (i64::from(answer.final_price), Outcome::Acknowledged { order_id })
            }
            Err(status) if is_refusal(status) => (0, Outcome::Refused { reason: reason(status) }),
            Err(_) => (0, Outcome::Unknown),
        };
        notes.note(key, &order.branch_id, roubles, outcome);
        attempt
    }

    async fn call(&self, gateway: usize, key: &str, order: PizzaOrderRequest) -> Attempt {
        let mut request = Request::new(order);
        request.metadata_mut().insert("idempotency-key", key.parse().expect("a key is ASCII"));
        request.set_timeout(DEADLINE);
        let mut client = self.gateways[gateway % self.gateways.len()].clone();
        let began = Instant::now();
        let answer = tokio::time::timeout(PATIENCE_OF_THE_MEASURE, client.create_order(request)).await;
        let answer = answer.unwrap_or_else(|_| Err(Status::deadline_exceeded("the client gave up")));
        Attempt { answer: answer.map(tonic::Response::into_inner), took: began.elapsed() }
    }
}

/// Whether this answer promises that the attempt makes no order; silence and `UNAVAILABLE` leave it open.
pub fn is_refusal(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::FailedPrecondition
            | Code::ResourceExhausted
            | Code::OutOfRange
    )
}

/// The machine-readable reason of a failure, or its code.
pub fn reason(status: &Status) -> String {
    let info = status.get_error_details().error_info().map(|info| info.reason.clone());
    info.unwrap_or_else(|| format!("{:?}", status.code()))
}
