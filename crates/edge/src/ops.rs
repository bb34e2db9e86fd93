//! For operators, on a port of its own: `/healthz`, `/readyz`, `/metrics`.

use actix_web::{App, HttpResponse, HttpServer, Route, guard, web};
use anyhow::Context as _;
use chassis::Health;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Answers operators until `stop`.
pub async fn serve(listener: TcpListener, health: Health, stop: CancellationToken) -> anyhow::Result<()> {
    let health = web::Data::new(health);
    let listener = listener.into_std().context("taking over the ops port")?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(health.clone())
            .route("/healthz", reading().to(alive))
            .route("/readyz", reading().to(ready))
            .route("/metrics", reading().to(metrics))
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(1)
    .listen(listener)
    .context("opening the ops port")?
    .run();
    let handle = server.handle();
    let closing = tokio::spawn(async move {
        stop.cancelled().await;
        handle.stop(true).await;
    });
    let ended = server.await.context("serving operators");
    closing.abort();
    ended
}

fn reading() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok")
}

async fn ready(health: web::Data<Health>) -> HttpResponse {
    let report = health.report();
    let mut answer = if report.ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    answer.json(report)
}

async fn metrics() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(chassis::telemetry::metrics_text())
}
