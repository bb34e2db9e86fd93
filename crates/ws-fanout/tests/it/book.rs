//! An order book that hands out the orders it was given and carries out every command whose version is right.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use contracts::order::PizzaOrder;
use contracts::orders::v1::order_book_service_server::{OrderBookService, OrderBookServiceServer};
use contracts::orders::v1::{
    BatchOrdersRequest, BatchOrdersResponse, CancelOrderRequest, ChangeResponse, ExportLiveOrdersRequest,
    ExportLiveOrdersResponse, GetOrderRequest, ListOrdersRequest, ListOrdersResponse, MarkProcessedRequest,
    Order, TrackOrderResponse, UpdateOrderStatusRequest,
};
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// What the order book knows, and what it was asked.
#[derive(Default)]
pub struct Book {
    /// Live orders by id.
    pub orders: Mutex<HashMap<String, PizzaOrder>>,
    /// Answers by command id.
    answers: Mutex<HashMap<String, ChangeResponse>>,
    /// The `authorization` of every command.
    pub bearers: Mutex<Vec<String>>,
    /// How many commands have changed something.
    pub changes: Mutex<usize>,
}

/// Serves the book at a free port.
pub async fn serve(book: Arc<Book>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tonic::transport::Server::builder().add_service(OrderBookServiceServer::from_arc(book));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    address
}

type Answer<T> = Result<Response<T>, Status>;

fn not_asked<T>() -> Answer<T> {
    Err(Status::unimplemented("nobody asks for this here"))
}

#[tonic::async_trait]
impl OrderBookService for Book {
    async fn update_order_status(
        &self,
        request: Request<UpdateOrderStatusRequest>,
    ) -> Answer<ChangeResponse> {
        let text = |name: &str| request.metadata().get(name).unwrap().to_str().unwrap().to_owned();
        let (bearer, key) = (text("authorization"), text("idempotency-key"));
        self.bearers.lock().unwrap().push(bearer);
        if let Some(answer) = self.answers.lock().unwrap().get(&key) {
            return Ok(Response::new(answer.clone()));
        }
        let wish = request.into_inner();
        let mut orders = self.orders.lock().unwrap();
        let order = orders.get_mut(&wish.order_id).ok_or_else(|| Status::not_found("no such order"))?;
        if wish.expected_version.is_some_and(|version| version != order.version) {
            return Err(conflict(order));
        }
        order.version += 1;
        order.status.clone_from(&wish.status);
        *self.changes.lock().unwrap() += 1;
        let answer = ChangeResponse {
            version: order.version,
            warnings: vec!["GATE".to_owned()],
            ..Default::default()
        };
        self.answers.lock().unwrap().insert(key, answer.clone());
        Ok(Response::new(answer))
    }

    async fn export_live_orders(
        &self,
        request: Request<ExportLiveOrdersRequest>,
    ) -> Answer<ExportLiveOrdersResponse> {
        assert!(request.metadata().get("authorization").is_some());
        // two pages, so that both are asked for
        let orders: Vec<PizzaOrder> = self.orders.lock().unwrap().values().cloned().collect();
        let half = orders.len() / 2;
        let (orders, next_page_token) = match request.into_inner().page_token.as_str() {
            "" => (orders[..half].to_vec(), "second".to_owned()),
            _ => (orders[half..].to_vec(), String::new()),
        };
        Ok(Response::new(ExportLiveOrdersResponse { orders, next_page_token }))
    }

    async fn list_orders(&self, _: Request<ListOrdersRequest>) -> Answer<ListOrdersResponse> {
        not_asked()
    }

    async fn list_pending_orders(&self, _: Request<ListOrdersRequest>) -> Answer<ListOrdersResponse> {
        not_asked()
    }

    async fn batch_orders(&self, _: Request<BatchOrdersRequest>) -> Answer<BatchOrdersResponse> {
        not_asked()
    }

    async fn get_order(&self, _: Request<GetOrderRequest>) -> Answer<Order> {
        not_asked()
    }

    async fn mark_processed(&self, _: Request<MarkProcessedRequest>) -> Answer<ChangeResponse> {
        not_asked()
    }

    async fn cancel_order(&self, _: Request<CancelOrderRequest>) -> Answer<ChangeResponse> {
        not_asked()
    }

    async fn track_order(&self, _: Request<GetOrderRequest>) -> Answer<TrackOrderResponse> {
        not_asked()
    }
}

fn conflict(order: &PizzaOrder) -> Status {
    let seen = Order { id: order.id.clone(), version: order.version, ..Order::default() };
    let metadata = HashMap::from([("order".to_owned(), serde_json::to_string(&seen).unwrap())]);
    let details = ErrorDetails::with_error_info("VERSION_CONFLICT", "pizzeria", metadata);
    Status::with_error_details(Code::Aborted, "the order has changed", details)
}
