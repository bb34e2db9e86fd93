//! `pizzeria.shop.v1.ShopService`: the shop page and the office page.

use std::sync::Arc;

use contracts::shop::v1::shop_service_server::ShopService;
use contracts::shop::v1::{PlaceOrderRequest, PlaceOrderResponse};
use domain::Refused;
use domain::orders::request::PlaceOrder;
use edge::{grpc, into_status};
use tonic::{Request, Response, Status};

use super::convert::{answer, shop};
use crate::app::{App, Placement};

/// Orders of pages.
#[derive(Clone)]
pub struct ShopApi {
    app: Arc<App>,
}

impl ShopApi {
    /// The service over the use cases.
    pub const fn new(app: Arc<App>) -> Self {
        Self { app }
    }

    async fn place(
        &self,
        request: Request<PlaceOrderRequest>,
        read: fn(PlaceOrderRequest) -> Result<PlaceOrder, Refused>,
    ) -> Result<Response<PlaceOrderResponse>, Status> {
        let key = grpc::key(&request, "")?;
        let caller = grpc::caller(&request);
        let request = read(request.into_inner()).map_err(into_status)?;
        let placed = self.app.place(Placement { request, key, caller }).await.map_err(into_status)?;
        Ok(Response::new(answer::shop(placed)))
    }
}

#[tonic::async_trait]
impl ShopService for ShopApi {
    async fn place_order(
        &self,
        request: Request<PlaceOrderRequest>,
    ) -> Result<Response<PlaceOrderResponse>, Status> {
        self.place(request, shop::order).await
    }

    async fn place_office_order(
        &self,
        request: Request<PlaceOrderRequest>,
    ) -> Result<Response<PlaceOrderResponse>, Status> {
        self.place(request, shop::office_order).await
    }
}
