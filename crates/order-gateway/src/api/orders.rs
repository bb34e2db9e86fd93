//! `order.OrderService`: the mobile apps' wire.

use std::pin::Pin;
use std::sync::Arc;

use contracts::order::order_service_server::OrderService;
use contracts::order::{CustomerOrder, GetOrderRequest, OrderResponse, PizzaOrderRequest};
use edge::{grpc, into_status, status};
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status};

use super::convert::{answer, mobile};
use crate::app::{App, OrderError, Placement};

/// Orders of customers.
#[derive(Clone)]
pub struct OrderApi {
    app: Arc<App>,
}

impl OrderApi {
    /// The service over the use cases.
    pub const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl OrderService for OrderApi {
    async fn create_order(
        &self,
        request: Request<PizzaOrderRequest>,
    ) -> Result<Response<OrderResponse>, Status> {
        let key = grpc::key(&request, &request.get_ref().idempotency_key)?;
        let caller = grpc::caller(&request);
        let request = mobile::order(request.into_inner()).map_err(into_status)?;
        let placed = self.app.place(Placement { request, key, caller }).await.map_err(into_status)?;
        Ok(Response::new(answer::mobile(placed)))
    }

    async fn get_order(&self, request: Request<GetOrderRequest>) -> Result<Response<CustomerOrder>, Status> {
        let order = self.app.track(&request.get_ref().order_id).await.map_err(into_status)?;
        Ok(Response::new(order))
    }

    type WatchOrderStream = Pin<Box<dyn Stream<Item = Result<CustomerOrder, Status>> + Send>>;

    async fn watch_order(
        &self,
        request: Request<GetOrderRequest>,
    ) -> Result<Response<Self::WatchOrderStream>, Status> {
        let states = self.app.watch(&request.get_ref().order_id).map_err(into_status)?;
        Ok(Response::new(Box::pin(states.map(|state| state.map_err(told)))))
    }
}

/// A watch that ends in its time is no trouble, and no line in the log.
fn told(error: OrderError) -> Status {
    if matches!(error, OrderError::WatchOver) { status::unlogged(&error) } else { into_status(error) }
}
