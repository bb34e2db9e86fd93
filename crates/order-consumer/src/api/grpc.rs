//! `pizzeria.orders.v1.OrderBookService`.

use std::sync::Arc;

use contracts::orders::v1::order_book_service_server::OrderBookService;
use contracts::orders::v1::{
    BatchOrdersRequest, BatchOrdersResponse, CancelOrderRequest, ChangeResponse, ExportLiveOrdersRequest,
    ExportLiveOrdersResponse, GetOrderRequest, ListOrdersRequest, ListOrdersResponse, MarkProcessedRequest,
    Order, TrackOrderResponse, UpdateOrderStatusRequest,
};
use contracts::orders_view;
use domain::ids::OrderId;
use edge::identity::Denied;
use edge::{Caller, grpc, into_status, paging};
use tonic::{Request, Response, Status};

use super::convert;
use crate::app::App;
use crate::storage::orders::Visibility;

/// Orders in a page of an export that asks for no size.
const EXPORT_PAGE: u32 = 500;

/// Answers over gRPC.
pub struct Api {
    app: Arc<App>,
}

type Answer<T> = Result<Response<T>, Status>;

impl Api {
    /// The service over the use cases.
    pub const fn new(app: Arc<App>) -> Self {
        Self { app }
    }

    async fn listed(
        &self,
        request: Request<ListOrdersRequest>,
        visibility: Visibility,
    ) -> Answer<ListOrdersResponse> {
        let actor = convert::actor(&signed_in(&request)?);
        let list = convert::list(request.get_ref(), visibility).map_err(into_status)?;
        let page = self.app.list(&actor, &list).await.map_err(into_status)?;
        Ok(Response::new(convert::list_response(&page, actor.shown_role(list.role))))
    }
}

#[tonic::async_trait]
impl OrderBookService for Api {
    async fn list_orders(&self, request: Request<ListOrdersRequest>) -> Answer<ListOrdersResponse> {
        self.listed(request, Visibility::Shown).await
    }

    async fn list_pending_orders(&self, request: Request<ListOrdersRequest>) -> Answer<ListOrdersResponse> {
        self.listed(request, Visibility::Hidden).await
    }

    async fn batch_orders(&self, request: Request<BatchOrdersRequest>) -> Answer<BatchOrdersResponse> {
        let actor = convert::actor(&signed_in(&request)?);
        let BatchOrdersRequest { branch_id, role, cursor } = request.into_inner();
        let branch = convert::branch(&branch_id).map_err(into_status)?;
        let role = convert::role(&role).map_err(into_status)?;
        let cursor = paging::position_in("cursor", &cursor).map_err(into_status)?;
        let batch = self.app.batch(&actor, branch, role, cursor).await.map_err(into_status)?;
        Ok(Response::new(convert::batch_response(&batch, actor.shown_role(role))))
    }

    #[tracing::instrument(skip_all, fields(order.id = %request.get_ref().order_id))]
    async fn get_order(&self, request: Request<GetOrderRequest>) -> Answer<Order> {
        let actor = convert::actor(&signed_in(&request)?);
        let id = convert::order_id(&request.get_ref().order_id).map_err(into_status)?;
        let role = convert::role(&request.get_ref().role).map_err(into_status)?;
        let seen = self.app.find(id, &actor, role).await.map_err(into_status)?;
        Ok(Response::new(convert::view(&seen)))
    }

    #[tracing::instrument(skip_all, fields(order.id = %request.get_ref().order_id))]
    async fn mark_processed(&self, request: Request<MarkProcessedRequest>) -> Answer<ChangeResponse> {
        let (caller, key) = (signed_in(&request)?, grpc::key(&request, "")?);
        let wish = convert::mark_processed(&caller, key, request.get_ref()).map_err(into_status)?;
        let changed = self.app.mark_processed(wish).await.map_err(into_status)?;
        Ok(Response::new(convert::change_response(&changed)))
    }

    #[tracing::instrument(skip_all, fields(order.id = %request.get_ref().order_id))]
    async fn update_order_status(
        &self,
        request: Request<UpdateOrderStatusRequest>,
    ) -> Answer<ChangeResponse> {
        let (caller, key) = (signed_in(&request)?, grpc::key(&request, "")?);
        let wish = convert::change_status(&caller, key, request.get_ref()).map_err(into_status)?;
        let changed = self.app.change_status(wish).await.map_err(into_status)?;
        Ok(Response::new(convert::change_response(&changed)))
    }

    #[tracing::instrument(skip_all, fields(order.id = %request.get_ref().order_id))]
    async fn cancel_order(&self, request: Request<CancelOrderRequest>) -> Answer<ChangeResponse> {
        let (caller, key) = (signed_in(&request)?, grpc::key(&request, "")?);
        let wish = convert::cancel(&caller, key, request.get_ref()).map_err(into_status)?;
        let changed = self.app.cancel(wish).await.map_err(into_status)?;
        Ok(Response::new(convert::change_response(&changed)))
    }

    async fn track_order(&self, request: Request<GetOrderRequest>) -> Answer<TrackOrderResponse> {
        services_only(&request)?;
        let id: OrderId = convert::order_id(&request.get_ref().order_id).map_err(into_status)?;
        let order = self.app.track(id).await.map_err(into_status)?;
        let seen = orders_view::customer_view(&order.full);
        Ok(Response::new(TrackOrderResponse { order: Some(seen), branch_id: order.branch.to_string() }))
    }

    async fn export_live_orders(
        &self,
        request: Request<ExportLiveOrdersRequest>,
    ) -> Answer<ExportLiveOrdersResponse> {
        services_only(&request)?;
        let ExportLiveOrdersRequest { page_size, page_token } = request.into_inner();
        let size = paging::page_size_or(page_size, EXPORT_PAGE).map_err(into_status)?;
        let after = paging::position(&page_token).map_err(into_status)?;
        let page = self.app.export(size as usize, after).await.map_err(into_status)?;
        Ok(Response::new(ExportLiveOrdersResponse {
            orders: page.orders.into_iter().map(|order| order.full).collect(),
            next_page_token: page.next.as_ref().map(paging::token).unwrap_or_default(),
        }))
    }
}

fn signed_in<T>(request: &Request<T>) -> Result<Caller, Status> {
    let caller = grpc::caller(request);
    if caller.is_anonymous() { Err(into_status(Denied::NotSignedIn)) } else { Ok(caller) }
}

fn services_only<T>(request: &Request<T>) -> Result<(), Status> {
    grpc::caller(request).require_service().map_err(into_status)
}
