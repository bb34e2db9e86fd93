//! REST servers: the generated transcoder as an actix-web application.

mod answer;
mod cors;
mod docs;
mod headers;
mod mount;
mod page;
mod shelf;
mod templates;

use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpServer};
use anyhow::Context as _;
use rest_over_grpc::transcoding::Transcode;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use answer::{failure, no_such_route};
pub use cors::Cors;
pub use shelf::Shelf;

use crate::identity::Verifier;

const WORKERS: usize = 2;
const FINISH_SECONDS: u64 = 15;
const CONNECTIONS: usize = 10_000;
const REQUEST_HEAD: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// What a REST server needs beside its routes.
#[derive(Clone)]
pub struct RestSettings {
    /// Who knows tokens.
    pub verifier: Arc<Verifier>,
    /// Routes that need no token: method and template, such as `("GET", "/api/v1/order/{order_id}/track")`.
    pub public: &'static [(&'static str, &'static str)],
    /// Who may call from a browser page of another origin.
    pub cors: Cors,
    /// Answers that are the same for everybody.
    pub shelf: Option<Shelf>,
    /// How long a body may take to come.
    pub body_within: Duration,
}

/// Answers REST calls through `transcoder` until `stop`, then finishes what is in work.
///
/// `extra` adds handlers of the service's own; they win over the transcoder's routes.
pub async fn serve<T, F>(
    listener: TcpListener,
    transcoder: T,
    settings: RestSettings,
    extra: F,
    stop: CancellationToken,
) -> anyhow::Result<()>
where
    T: Transcode + Send + Sync + 'static,
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let transcoder = web::Data::new(transcoder);
    let cors = web::Data::new(settings.cors.clone());
    let settings = web::Data::new(settings);
    let templates = web::Data::new(templates::Templates::new(contracts::rest::OPENAPI));
    let listener = listener.into_std().context("taking over the REST port")?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(transcoder.clone())
            .app_data(cors.clone())
            .app_data(settings.clone())
            .app_data(templates.clone())
            .wrap(Compress::default())
            .wrap(from_fn(headers::around))
            .wrap(from_fn(cors::around))
            .configure(extra.clone())
            .configure(docs::routes)
            .default_service(web::to(mount::call::<T>))
    })
    .workers(WORKERS)
    .max_connections(CONNECTIONS)
    .client_request_timeout(REQUEST_HEAD)
    .keep_alive(KEEP_ALIVE)
    .disable_signals()
    .shutdown_timeout(FINISH_SECONDS)
    .listen(listener)
    .context("opening the REST port")?
    .run();
    let handle = server.handle();
    let closing = tokio::spawn(async move {
        stop.cancelled().await;
        handle.stop(true).await;
    });
    let ended = server.await.context("serving REST");
    closing.abort();
    ended
}
