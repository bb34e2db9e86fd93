//! `GET /api/v1/health`: whether orders can be placed, for pages and monitors.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use chassis::Health;
use serde_json::json;

/// Adds the route.
pub fn routes(health: Health) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    move |app| {
        app.app_data(web::Data::new(health.clone())).route("/api/v1/health", web::get().to(show));
    }
}

async fn show(health: web::Data<Health>) -> HttpResponse {
    let status = if health.is_ready() { "ok" } else { "degraded" };
    HttpResponse::Ok().json(json!({
        "status": status,
        "service": "order-gateway",
        "version": env!("CARGO_PKG_VERSION"),
    }))
}
