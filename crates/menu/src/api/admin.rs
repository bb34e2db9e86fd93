//! Changing the menu.

use std::sync::Arc;

use contracts::menu::v1::menu_admin_service_server::MenuAdminService;
use contracts::menu::v1::{
    AddPriceRequest, BranchTerms, Category, DeleteItemRequest, DeleteItemResponse, Extra, GetItemRequest,
    GetMenuStatusRequest, LiftStopRequest, ListBranchTermsResponse, ListCategoriesResponse,
    ListExtrasResponse, ListItemsRequest, ListPricesRequest, ListPricesResponse, ListProductsResponse,
    ListSetsResponse, ListStopsRequest, ListStopsResponse, MenuStatus, Price, Product, PutBranchTermsRequest,
    PutCategoryRequest, PutExtraRequest, PutProductRequest, PutSetRequest, Set, SetStopRequest, Stop,
    UpdateMenuRequest, UpdateMenuResponse,
};
use domain::ids::BranchId;
use domain::permissions::Action;
use edge::identity::Denied;
use edge::{Caller, grpc, into_status, paging};
use prost::Message;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert;
use crate::app::App;
use crate::app::change::{Change, Command, Key};
use crate::app::list::{Listed, Page};
use crate::app::put_extra::ArchiveExtra;
use crate::app::put_product::ArchiveProduct;
use crate::app::put_set::ArchiveSet;
use crate::app::set_stop::LiftStop;

/// The service for the office.
#[derive(Clone)]
pub struct AdminApi {
    app: Arc<App>,
}

impl AdminApi {
    /// The service over the use cases.
    pub const fn new(app: Arc<App>) -> Self {
        Self { app }
    }

    async fn change<C: Change>(&self, command: Command, change: C) -> Result<Response<C::Answer>, Status> {
        self.app.change(command, change).await.map(Response::new).map_err(into_status)
    }
}

#[tonic::async_trait]
impl MenuAdminService for AdminApi {
    async fn update_menu(
        &self,
        request: Request<UpdateMenuRequest>,
    ) -> Result<Response<UpdateMenuResponse>, Status> {
        let caller = everywhere(&request, Action::EditMenu)?;
        let force = request.get_ref().force;
        self.app.update_menu(&caller.actor(), force).await.map(Response::new).map_err(into_status)
    }

    async fn get_menu_status(
        &self,
        request: Request<GetMenuStatusRequest>,
    ) -> Result<Response<MenuStatus>, Status> {
        everywhere(&request, Action::ReadAdminMenu)?;
        Ok(Response::new(self.app.status()))
    }

    async fn list_products(
        &self,
        request: Request<ListItemsRequest>,
    ) -> Result<Response<ListProductsResponse>, Status> {
        let page = items(&request)?;
        let Listed { items, next } = self.app.products(page).await.map_err(into_status)?;
        Ok(Response::new(ListProductsResponse { products: items, next_page_token: token(next.as_ref()) }))
    }

    async fn get_product(&self, request: Request<GetItemRequest>) -> Result<Response<Product>, Status> {
        everywhere(&request, Action::ReadAdminMenu)?;
        let id = convert::id("id", &request.get_ref().id).map_err(into_status)?;
        self.app.product(id).await.map(Response::new).map_err(into_status)
    }

    async fn put_product(&self, request: Request<PutProductRequest>) -> Result<Response<Product>, Status> {
        let caller = everywhere(&request, Action::EditMenu)?;
        let command = command(&caller, "PutProduct", &request)?;
        let change = convert::put_product(request.into_inner(), caller).map_err(into_status)?;
        self.change(command, change).await
    }

    async fn delete_product(
        &self,
        request: Request<DeleteItemRequest>,
    ) -> Result<Response<DeleteItemResponse>, Status> {
        let caller = everywhere(&request, Action::EditMenu)?;
        let id = convert::id("id", &request.get_ref().id).map_err(into_status)?;
        self.change(command(&caller, "DeleteProduct", &request)?, ArchiveProduct(id)).await
    }

    async fn list_extras(
        &self,
        request: Request<ListItemsRequest>,
    ) -> Result<Response<ListExtrasResponse>, Status> {
        let page = items(&request)?;
        let Listed { items, next } = self.app.extras(page).await.map_err(into_status)?;
        Ok(Response::new(ListExtrasResponse { extras: items, next_page_token: token(next.as_ref()) }))
    }

    async fn put_extra(&self, request: Request<PutExtraRequest>) -> Result<Response<Extra>, Status> {
        let caller = everywhere(&request, Action::EditMenu)?;
        let command = command(&caller, "PutExtra", &request)?;
        let change = convert::put_extra(request.into_inner()).map_err(into_status)?;
        self.change(command, change).await
    }

    async fn delete_extra(
        &self,
        request: Request<DeleteItemRequest>,
    ) -> Result<Response<DeleteItemResponse>, Status> {
        let caller = everywhere(&request, Action::EditMenu)?;
        let id = convert::id("id", &request.get_ref().id).map_err(into_status)?;
        self.change(command(&caller, "DeleteExtra", &request)?, ArchiveExtra(id)).await
    }

    async fn list_sets(
        &self,
        request: Request<ListItemsRequest>,
    ) -> Result<Response<ListSetsResponse>, Status> {
        let page = items(&request)?;
        let Listed { items, next } = self.app.sets(page).await.map_err(into_status)?;
        Ok(Response::new(ListSetsResponse { sets: items, next_page_token: token(next.as_ref()) }))
    }

    async fn put_set(&self, request: Request<PutSetRequest>) -> Result<Response<Set>, Status> {
        let caller = everywhere(&request, Action::EditMenu)?;
        let command = command(&caller, "PutSet", &request)?;
        let change = convert::put_set(request.into_inner(), caller).map_err(into_status)?;
        self.change(command, change).await
    }

    async fn delete_set(
        &self,
        request: Request<DeleteItemRequest>,
    ) -> Result<Response<DeleteItemResponse>, Status> {
        let caller = everywhere(&request, Action::EditMenu)?;
        let id = convert::id("id", &request.get_ref().id).map_err(into_status)?;
        self.change(command(&caller, "DeleteSet", &request)?, ArchiveSet(id)).await
    }

    async fn add_price(&self, request: Request<AddPriceRequest>) -> Result<Response<Price>, Status> {
        let caller = signed_in(&request)?;
        let change = convert::add_price(request.get_ref()).map_err(into_status)?;
        match change.branch {
            Some(branch) => caller.require(Action::EditPrices, branch),
            None => caller.require_chain(Action::EditPrices),
        }
        .map_err(into_status)?;
        self.change(command(&caller, "AddPrice", &request)?, change).await
    }

    async fn list_prices(
        &self,
        request: Request<ListPricesRequest>,
    ) -> Result<Response<ListPricesResponse>, Status> {
        everywhere(&request, Action::ReadAdminMenu)?;
        let asked = request.get_ref();
        let subject = convert::price_subject(&asked.subject_kind, &asked.subject_id).map_err(into_status)?;
        let page = convert::page(asked.page_size, &asked.page_token).map_err(into_status)?;
        let Listed { items, next } = self.app.prices(subject, page).await.map_err(into_status)?;
        Ok(Response::new(ListPricesResponse { prices: items, next_page_token: token(next.as_ref()) }))
    }

    async fn set_stop(&self, request: Request<SetStopRequest>) -> Result<Response<Stop>, Status> {
        let caller = signed_in(&request)?;
        let id = self.app.new_stop_id();
        let command = command(&caller, "SetStop", &request)?;
        let change = convert::set_stop(request.get_ref(), id, caller).map_err(into_status)?;
        change.caller.require(Action::SetStop, change.branch).map_err(into_status)?;
        self.change(command, change).await
    }

    async fn lift_stop(
        &self,
        request: Request<LiftStopRequest>,
    ) -> Result<Response<DeleteItemResponse>, Status> {
        let caller = signed_in(&request)?;
        let id = convert::id("stop_id", &request.get_ref().stop_id).map_err(into_status)?;
        self.change(command(&caller, "LiftStop", &request)?, LiftStop { id, caller }).await
    }

    async fn list_stops(
        &self,
        request: Request<ListStopsRequest>,
    ) -> Result<Response<ListStopsResponse>, Status> {
        let caller = signed_in(&request)?;
        let asked = request.get_ref();
        let branch = convert::list_stops(&asked.branch_id, self.default_branch()).map_err(into_status)?;
        caller.require(Action::SetStop, branch).map_err(into_status)?;
        let page = convert::page(asked.page_size, &asked.page_token).map_err(into_status)?;
        let Listed { items, next } = self.app.stops(branch, page).await.map_err(into_status)?;
        Ok(Response::new(ListStopsResponse { stops: items, next_page_token: token(next.as_ref()) }))
    }

    async fn put_branch_terms(
        &self,
        request: Request<PutBranchTermsRequest>,
    ) -> Result<Response<BranchTerms>, Status> {
        let caller = signed_in(&request)?;
        let command = command(&caller, "PutBranchTerms", &request)?;
        let change = convert::put_terms(request.into_inner(), caller).map_err(into_status)?;
        change.caller.require(Action::EditPrices, change.branch.id).map_err(into_status)?;
        self.change(command, change).await
    }

    async fn list_branch_terms(
        &self,
        request: Request<ListItemsRequest>,
    ) -> Result<Response<ListBranchTermsResponse>, Status> {
        let page = items(&request)?;
        let Listed { items, next } = self.app.terms(page).await.map_err(into_status)?;
        Ok(Response::new(ListBranchTermsResponse { branches: items, next_page_token: token(next.as_ref()) }))
    }

    async fn put_category(&self, request: Request<PutCategoryRequest>) -> Result<Response<Category>, Status> {
        let caller = everywhere(&request, Action::EditMenu)?;
        let command = command(&caller, "PutCategory", &request)?;
        let change = convert::put_category(request.into_inner()).map_err(into_status)?;
        self.change(command, change).await
    }

    async fn list_categories(
        &self,
        request: Request<ListItemsRequest>,
    ) -> Result<Response<ListCategoriesResponse>, Status> {
        let page = items(&request)?;
        let Listed { items, next } = self.app.categories(page).await.map_err(into_status)?;
        Ok(Response::new(ListCategoriesResponse { categories: items, next_page_token: token(next.as_ref()) }))
    }
}

impl AdminApi {
    fn default_branch(&self) -> BranchId {
        let served = self.app.live().served();
        let default = served.and_then(|served| served.menu().default_branch().map(|branch| branch.id));
        default.unwrap_or(BranchId::MAIN)
    }
}

/// The caller, who must be known: what may be done depends on the branch.
fn signed_in<T>(request: &Request<T>) -> Result<Caller, Status> {
    let caller = grpc::caller(request);
    if caller.is_anonymous() { Err(into_status(Denied::NotSignedIn)) } else { Ok(caller) }
}

/// The caller, who must be allowed to do it in the whole chain: products belong to no branch.
fn everywhere<T>(request: &Request<T>, action: Action) -> Result<Caller, Status> {
    let caller = grpc::caller(request);
    caller.require_chain(action).map_err(into_status)?;
    Ok(caller)
}

/// A page of a list that belongs to no branch.
fn items(request: &Request<ListItemsRequest>) -> Result<Page<Uuid>, Status> {
    everywhere(request, Action::ReadAdminMenu)?;
    let ListItemsRequest { page_size, page_token } = request.get_ref();
    convert::page(*page_size, page_token).map_err(into_status)
}

fn token<P: Serialize>(next: Option<&P>) -> String {
    next.map(paging::token).unwrap_or_default()
}

/// Who commands, and by what a repeat is known: the key, and a hash of verb and request.
fn command<T: Message>(caller: &Caller, verb: &str, request: &Request<T>) -> Result<Command, Status> {
    let key = grpc::key(request, "")?.map(|key| {
        let mut hash = Sha256::new();
        hash.update(verb);
        hash.update(request.get_ref().encode_to_vec());
        Key { key, fingerprint: hash.finalize().to_vec() }
    });
    Ok(Command { actor: caller.actor(), key })
}
