//! An order-consumer that knows what it was told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contracts::order::CustomerOrder;
use contracts::orders::v1 as wire;
use contracts::orders::v1::order_book_service_server::OrderBookService;
use domain::{ErrorKind, ServiceError};
use edge::{grpc, into_status};
use tonic::{Request, Response, Status};

#[derive(Clone, Default)]
pub struct OrderBook {
    orders: Arc<Mutex<HashMap<String, CustomerOrder>>>,
}

#[derive(Debug, thiserror::Error)]
#[error("the order is not stored yet")]
struct NotYetStored;

impl OrderBook {
    pub fn keep(&self, id: &str, status: &str, version: i64) {
        let order = CustomerOrder {
            order_id: id.to_owned(),
            status: status.to_owned(),
            version,
            ..CustomerOrder::default()
        };
        self.orders.lock().unwrap().insert(id.to_owned(), order);
    }
}

impl ServiceError for NotYetStored {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }

    fn reason(&self) -> &'static str {
        "NOT_YET_STORED"
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(Duration::from_secs(1))
    }
}

#[tonic::async_trait]
impl OrderBookService for OrderBook {
    async fn track_order(
        &self,
        request: Request<wire::GetOrderRequest>,
    ) -> Result<Response<wire::TrackOrderResponse>, Status> {
        grpc::caller(&request).require_service().map_err(into_status)?;
        let order = self.orders.lock().unwrap().get(&request.get_ref().order_id).cloned();
        let order = order.ok_or_else(|| into_status(NotYetStored))?;
        Ok(Response::new(wire::TrackOrderResponse { order: Some(order), branch_id: String::new() }))
    }

    elsewhere! {
        list_orders(wire::ListOrdersRequest) -> wire::ListOrdersResponse;
        list_pending_orders(wire::ListOrdersRequest) -> wire::ListOrdersResponse;
        batch_orders(wire::BatchOrdersRequest) -> wire::BatchOrdersResponse;
        get_order(wire::GetOrderRequest) -> wire::Order;
        mark_processed(wire::MarkProcessedRequest) -> wire::ChangeResponse;
        update_order_status(wire::UpdateOrderStatusRequest) -> wire::ChangeResponse;
        cancel_order(wire::CancelOrderRequest) -> wire::ChangeResponse;
        export_live_orders(wire::ExportLiveOrdersRequest) -> wire::ExportLiveOrdersResponse;
    }
}
