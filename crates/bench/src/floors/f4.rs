//! F4: frames made once for all tablets, over actix connections that were upgraded by hand.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use futures_util::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::seats::{Seats, bytes_of};

/// As many as ours.
const WORKERS: usize = 2;

/// Serves tablets; tells them what the standard input says.
pub async fn serve(arguments: &[String]) -> anyhow::Result<()> {
    let seats = Arc::new(Seats::new(bytes_of(arguments, 1024)));
    let listener = TcpListener::bind("127.0.0.1:0").context("a port")?;
    let port = listener.local_addr().context("its number")?.port();
    let data = web::Data::from(Arc::clone(&seats));
    let server = HttpServer::new(move || {
        App::new().app_data(data.clone()).route("/api/v1/ws", web::get().to(upgrade))
    })
    .workers(WORKERS)
    .tcp_nodelay(true)
    .disable_signals()
    .listen(listener)
    .context("listening")?
    .run();
    std::thread::spawn(move || seats.follow_input());
    println!("listening {port}");
    server.await.context("serving")
}

async fn upgrade(request: HttpRequest, mut said: web::Payload, seats: web::Data<Seats>) -> HttpResponse {
    let Some(key) = request.headers().get(header::SEC_WEBSOCKET_KEY) else {
        return HttpResponse::BadRequest().finish();
    };
    let accept = derive_accept_key(key.as_bytes());
    // pongs; a payload that nobody reads would hold the connection up
    actix_web::rt::spawn(async move { while said.next().await.is_some() {} });
    let frames = ReceiverStream::new(seats.take());
    HttpResponse::SwitchingProtocols()
        .upgrade("websocket")
        .insert_header((header::SEC_WEBSOCKET_ACCEPT, accept))
        .streaming(frames.map(Ok::<_, actix_web::Error>))
}
