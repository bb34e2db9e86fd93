//! order-consumer, the order book.

use std::time::Duration;

use contracts::order::CustomerOrder;
use contracts::orders::v1::GetOrderRequest;
use contracts::orders::v1::order_book_service_client::OrderBookServiceClient;
use domain::ids::OrderId;
use edge::client::{CallFailed, Neighbour};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tonic::Status;

use crate::app::ports::Orders;

const TRACK: Duration = Duration::from_secs(2);

/// Asks order-consumer.
pub struct OrderBook(pub Neighbour);

impl Orders for OrderBook {
    fn track(&self, order_id: OrderId) -> BoxFuture<'_, Result<CustomerOrder, CallFailed>> {
        let request = GetOrderRequest { order_id: order_id.to_string(), role: String::new() };
        let request = self.0.request(request, TRACK);
        async move {
            let answer =
                OrderBookServiceClient::new(self.0.channel()).track_order(request).await?.into_inner();
            Ok(answer.order.ok_or_else(|| Status::internal("an answer without an order"))?)
        }
        .boxed()
    }
}
