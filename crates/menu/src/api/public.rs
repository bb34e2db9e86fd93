//! Reading the menu: from memory, whatever the stores do.

use std::sync::Arc;

use contracts::menu::v1::menu_service_server::MenuService;
use contracts::menu::v1::{
    ExtrasView, GetMenuRequest, GetSnapshotRequest, MenuSnapshot, MenuView, PizzasView, SetsView,
};
use edge::{grpc, into_status};
use tonic::metadata::MetadataValue;
use tonic::{Request, Response, Status};

use super::convert::{Wanted, wanted};
use crate::app::live::{Served, View};
use crate::app::{App, MenuError};

/// The public service.
#[derive(Clone)]
pub struct MenuApi {
    app: Arc<App>,
}

/// What a reader gets: the menu as it is now, or that he has it already.
struct Reading {
    view: Arc<View>,
    is_known: bool,
}

impl MenuApi {
    /// The service over the use cases.
    pub const fn new(app: Arc<App>) -> Self {
        Self { app }
    }

    fn served(&self) -> Result<Arc<Served>, Status> {
        self.app.live().served().ok_or_else(|| into_status(MenuError::NotLoaded))
    }

    fn read(&self, request: &Request<GetMenuRequest>) -> Result<Reading, Status> {
        let served = self.served()?;
        let Wanted { branch, channel } = wanted(request.get_ref(), served.menu()).map_err(into_status)?;
        let view = served.view(branch, channel, self.app.now());
        let is_known = knows(request, &view.etag);
        Ok(Reading { view, is_known })
    }
}

#[tonic::async_trait]
impl MenuService for MenuApi {
    async fn get_menu(&self, request: Request<GetMenuRequest>) -> Result<Response<MenuView>, Status> {
        self.read(&request)?.answer(MenuView::clone)
    }

    async fn get_pizzas(&self, request: Request<GetMenuRequest>) -> Result<Response<PizzasView>, Status> {
        self.read(&request)?
            .answer(|menu| PizzasView { pizzas: menu.pizzas.clone(), revision: menu.revision })
    }

    async fn get_extras(&self, request: Request<GetMenuRequest>) -> Result<Response<ExtrasView>, Status> {
        self.read(&request)?
            .answer(|menu| ExtrasView { extras: menu.extras.clone(), revision: menu.revision })
    }

    async fn get_sets(&self, request: Request<GetMenuRequest>) -> Result<Response<SetsView>, Status> {
        self.read(&request)?.answer(|menu| SetsView { sets: menu.sets.clone(), revision: menu.revision })
    }

    async fn get_snapshot(
        &self,
        request: Request<GetSnapshotRequest>,
    ) -> Result<Response<MenuSnapshot>, Status> {
        grpc::caller(&request).require_service().map_err(into_status)?;
        let served = self.served()?;
        let is_newer = served.snapshot().revision > request.get_ref().newer_than;
        Ok(Response::new(if is_newer { served.snapshot().clone() } else { MenuSnapshot::default() }))
    }
}

impl Reading {
    fn answer<T: Default>(self, part: impl Fn(&MenuView) -> T) -> Result<Response<T>, Status> {
        let mut response = Response::new(if self.is_known { T::default() } else { part(&self.view.menu) });
        if self.is_known {
            response.metadata_mut().insert("x-http-code", MetadataValue::from_static("304"));
        }
        let etag =
            MetadataValue::try_from(self.view.etag.as_str()).map_err(|_| Status::internal("no tag"))?;
        response.metadata_mut().insert("etag", etag);
        Ok(response)
    }
}

/// Whether `if-none-match` names the tag.
fn knows<T>(request: &Request<T>, etag: &str) -> bool {
    let named = request.metadata().get("if-none-match").and_then(|value| value.to_str().ok());
    let tags = named.unwrap_or_default().split(',').map(str::trim);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag)).any(|tag| tag == etag || tag == "*")
}
