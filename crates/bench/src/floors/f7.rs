//! F7: actix with a body that never changes.

use std::net::TcpListener;

use actix_web::http::header;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use bytes::Bytes;

use super::seats::bytes_of;

/// As many as ours.
const WORKERS: usize = 2;
/// The tag of its page.
pub const TAG: &str = "\"1\"";

/// Serves `/hello` and a body of the wanted length everywhere else.
pub async fn serve(arguments: &[String]) -> anyhow::Result<()> {
    let body = Bytes::from(vec![b'x'; bytes_of(arguments, 20 * 1024)]);
    let listener = TcpListener::bind("127.0.0.1:0").context("a port")?;
    let port = listener.local_addr().context("its number")?.port();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(body.clone()))
            .route("/hello", web::get().to(async || "hello"))
            .default_service(web::to(page))
    })
    .workers(WORKERS)
    .disable_signals()
    .listen(listener)
    .context("listening")?
    .run();
    println!("listening {port}");
    server.await.context("serving")
}

async fn page(request: HttpRequest, body: web::Data<Bytes>) -> HttpResponse {
    let known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|tag| tag == TAG);
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((header::ETAG, TAG)).insert_header((header::CONTENT_TYPE, "application/json"));
    if known { answer.finish() } else { answer.body(Bytes::clone(&body)) }
}
