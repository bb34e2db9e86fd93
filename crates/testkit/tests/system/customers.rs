//! Customers that order over gRPC and REST and keep a journal of what they were told.

use std::time::Duration;

use contracts::order::order_service_client::OrderServiceClient;
use contracts::order::{OrderResponse, PizzaOrderRequest};
use serde_json::{Value, json};
use testkit::{System, is_worth_repeating};
use tokio::time::{Instant, sleep};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(5);
/// How long a gateway may take at most when nobody tells it a deadline, and room for a busy machine.
const SURELY_ANSWERED: Duration = Duration::from_secs(10);
/// A good client gives a system that comes back room to breathe.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A mobile app.
#[derive(Clone)]
pub struct Customer {
    client: OrderServiceClient<Channel>,
}

impl Customer {
    /// Connects when the first order is placed.
    pub fn of(system: &System) -> Self {
        let endpoint = Endpoint::from_shared(system.grpc("order-gateway")).unwrap();
        let channel = endpoint.connect_timeout(Duration::from_secs(1)).connect_lazy();
        Self { client: OrderServiceClient::new(channel) }
    }

    /// One attempt to place an order with a key.
    pub async fn try_place(&self, key: &str, order: PizzaOrderRequest) -> Result<OrderResponse, Status> {
        let mut request = Request::new(order);
        request.metadata_mut().insert("idempotency-key", key.parse().unwrap());
        request.set_timeout(ATTEMPT);
        let mut client = self.client.clone();
        match tokio::time::timeout(ATTEMPT, client.create_order(request)).await {
            Ok(answer) => answer.map(tonic::Response::into_inner),
            Err(_) => Err(Status::deadline_exceeded("the client gave up")),
        }
    }

    /// One attempt without a deadline: how long it takes is up to the gateway, which must answer in any case.
    pub async fn ask(&self, key: &str, order: PizzaOrderRequest) -> Result<OrderResponse, Status> {
        let mut request = Request::new(order);
        request.metadata_mut().insert("idempotency-key", key.parse().unwrap());
        let mut client = self.client.clone();
        let answer = tokio::time::timeout(SURELY_ANSWERED, client.create_order(request)).await;
        answer.expect("the gateway answers").map(tonic::Response::into_inner)
    }

    /// Repeats with the same key, as a good client does, until it is acknowledged.
    pub async fn place(&self, key: &str, order: PizzaOrderRequest, patience: Duration) -> OrderResponse {
        let end = Instant::now() + patience;
        let mut pause = Duration::from_millis(100);
        loop {
            match self.try_place(key, order.clone()).await {
                Ok(answer) => return answer,
                Err(status) => {
                    assert!(is_worth_repeating(&status), "{key}: {status:?}");
                    assert!(Instant::now() < end, "{key} was never acknowledged: {status:?}");
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// A v1 request: one product by name.
pub fn pizza(name: &str, quantity: i32) -> PizzaOrderRequest {
    PizzaOrderRequest { pizza_name: name.to_owned(), quantity, ..PizzaOrderRequest::default() }
}

/// The same request as the shop page sends it.
pub fn pizza_body(name: &str, quantity: i32) -> Value {
    json!({ "items": [{ "pizza_name": name, "quantity": quantity }], "is_pickup": true })
}

/// Places an order over REST; answers status and body.
pub async fn post(system: &System, path: &str, key: &str, token: Option<&str>, body: &Value) -> (u16, Value) {
    let mut request = reqwest::Client::new()
        .post(system.rest(path))
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(body.to_string());
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    answer(request).await
}

/// Reads over REST; answers status and body.
pub async fn get(system: &System, path: &str, token: &str) -> (u16, Value) {
    let request = reqwest::Client::new().get(system.rest(path));
    answer(request.header("authorization", format!("Bearer {token}"))).await
}

/// Replaces over REST; answers status and body.
pub async fn put(system: &System, path: &str, token: &str, body: &Value) -> (u16, Value) {
    let request = reqwest::Client::new().put(system.rest(path)).header("content-type", "application/json");
    answer(request.header("authorization", format!("Bearer {token}")).body(body.to_string())).await
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.timeout(Duration::from_secs(10)).send().await.expect("the gateway answers");
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
