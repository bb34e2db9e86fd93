//! The API's description, and a page to browse it that needs no internet.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, http::header};
use utoipa_swagger_ui::{Config, SwaggerUi};

const DOCUMENT: &str = "/api/v1/openapi.json";

pub(super) fn routes(app: &mut ServiceConfig) {
    app.route(DOCUMENT, web::get().to(document))
        .route("/docs", web::get().to(page))
        .service(SwaggerUi::new("/docs/{_:.*}").config(Config::from(DOCUMENT)));
}

async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(contracts::rest::OPENAPI)
}

/// The page's own files are found relative to the slash.
async fn page() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}
