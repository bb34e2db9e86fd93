//! REST: the gateway's own services through their gRPC handlers, all others through their owners.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use contracts::menu::v1::menu_admin_service_client::MenuAdminServiceClient;
use contracts::menu::v1::menu_service_client::MenuServiceClient;
use contracts::order::order_service_server::OrderService as _;
use contracts::order::{CustomerOrder, GetOrderRequest, OrderService};
use contracts::orders::v1::order_book_service_client::OrderBookServiceClient;
use contracts::rest::Transcoder;
use contracts::rest::forward::{self, Forward};
use contracts::shop::v1::shop_service_server::ShopService as _;
use contracts::shop::v1::{PlaceOrderRequest, PlaceOrderResponse, ShopService};
use contracts::slots::v1::slot_service_client::SlotServiceClient;
use edge::client::Neighbour;
use edge::{Verifier, deadline, into_status};
use rest_over_grpc::handling::{Context, Status as RestStatus};
use rest_over_grpc::transcoding::Transcode;
use tokio::time::Instant;
use tonic::{Request, Response, Status};

use super::{OrderApi, ShopApi};

/// A long menu is a few hundred kilobytes.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;
const DEADLINE: Duration = Duration::from_secs(5);

/// The gateway's own services as REST.
#[derive(Clone)]
pub struct Rest {
    /// Orders of customers.
    pub orders: OrderApi,
    /// Orders of pages.
    pub shop: ShopApi,
    /// Who calls.
    pub verifier: Arc<Verifier>,
}

/// The owners of all other routes.
pub struct RestNeighbours {
    /// slot-scheduler.
    pub slots: Neighbour,
    /// order-consumer.
    pub orders: Neighbour,
    /// menu.
    pub menu: Neighbour,
}

/// Every REST route of the contract.
pub fn transcoder(own: Rest, neighbours: &RestNeighbours) -> impl Transcode + Send + 'static {
    let RestNeighbours { slots, orders, menu } = neighbours;
    let menu_views = MenuServiceClient::new(menu.channel()).max_decoding_message_size(LARGEST_ANSWER);
    let menu_admin = MenuAdminServiceClient::new(menu.channel()).max_decoding_message_size(LARGEST_ANSWER);
    let book = OrderBookServiceClient::new(orders.channel()).max_decoding_message_size(LARGEST_ANSWER);
    Transcoder::new(
        own.clone(),
        own,
        Forward(book),
        Forward(SlotServiceClient::new(slots.channel()).max_decoding_message_size(LARGEST_ANSWER)),
        Forward(menu_views),
        Forward(menu_admin),
    )
}

impl Rest {
    /// Calls a handler of ours as its gRPC server would.
    async fn call<Q, A, W>(
        &self,
        message: Q,
        context: &mut Context,
        handler: impl FnOnce(Request<Q>) -> W,
    ) -> Result<A, RestStatus>
    where
        W: Future<Output = Result<Response<A>, Status>>,
    {
        let mut request = forward::outgoing(message, context)?;
        let outcome = match self.verifier.caller(request.metadata().as_ref()) {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                let deadline = Instant::now() + time_for(&request);
                deadline::scope(deadline, handler(request)).await
            }
            Err(refused) => Err(into_status(refused)),
        };
        forward::incoming(outcome, context)
    }
}

fn time_for<T>(request: &Request<T>) -> Duration {
    let header = request.metadata().get("grpc-timeout").and_then(|value| value.to_str().ok());
    header.and_then(deadline::parse).unwrap_or(DEADLINE)
}

impl OrderService for Rest {
    async fn get_order(
        &self,
        message: GetOrderRequest,
        context: &mut Context,
    ) -> Result<CustomerOrder, RestStatus> {
        self.call(message, context, |request| self.orders.get_order(request)).await
    }
}

impl ShopService for Rest {
    async fn place_order(
        &self,
        message: PlaceOrderRequest,
        context: &mut Context,
    ) -> Result<PlaceOrderResponse, RestStatus> {
        self.call(message, context, |request| self.shop.place_order(request)).await
    }

    async fn place_office_order(
        &self,
        message: PlaceOrderRequest,
        context: &mut Context,
    ) -> Result<PlaceOrderResponse, RestStatus> {
        self.call(message, context, |request| self.shop.place_office_order(request)).await
    }
}
