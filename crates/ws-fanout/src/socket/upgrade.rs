//! Who may open a socket: pages of allowed origins, while the state is the present one and there is room.
//!
//! A missing or dead token is told by a close code, because browsers hide the answer to an upgrade.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use chassis::Health;
use edge::rest::{Cors, failure};
use futures_util::{Stream, StreamExt as _};
use secrecy::SecretString;
use serde::Deserialize;
use tokio::time::{Instant, timeout};
use tokio_util::task::TaskTracker;
use tonic::Code;

use super::line::Line;
use super::{House, Incoming, actix, carry};
use crate::app::close::Close;
use crate::app::framed::Framed;
use crate::app::outbox::{Outbox, Voice, queue};
use crate::app::ports::OrderBook;
use crate::app::sight::Wish;
use crate::app::view::Stream as StreamKind;
use crate::session::{Now, Session};

/// The sub-protocol under which browsers send a token: `Sec-WebSocket-Protocol: bearer, <token>`.
const BEARER: &str = "bearer";

/// How long a client has for its part of the closing.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// How long the answer to a client's own close may take to leave: who closes may have stopped reading.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);

/// What stands before the house.
pub struct Door<B> {
    /// What every socket shares.
    pub house: House<B>,
    /// Whether sockets are let in.
    pub health: Health,
    /// Whose pages may open sockets.
    pub origins: Cors,
    /// Sockets at once.
    pub max_sockets: usize,
    /// Every open socket.
    pub tasks: TaskTracker,
}

/// What the address of a socket may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    branch_id: Option<domain::ids::BranchId>,
}

/// `/api/v1/ws`: a tablet.
pub async fn tablet<B: OrderBook>(
    request: HttpRequest,
    body: web::Payload,
    query: Result<web::Query<Query>, actix_web::Error>,
    door: web::Data<Door<B>>,
) -> HttpResponse {
    open(&request, body, query, door.into_inner(), StreamKind::Tablet)
}

/// `/api/v1/erp/ws`: a dashboard.
pub async fn dashboard<B: OrderBook>(
    request: HttpRequest,
    body: web::Payload,
    query: Result<web::Query<Query>, actix_web::Error>,
    door: web::Data<Door<B>>,
) -> HttpResponse {
    open(&request, body, query, door.into_inner(), StreamKind::Dashboard)
}

fn open<B: OrderBook>(
    request: &HttpRequest,
    body: web::Payload,
    query: Result<web::Query<Query>, actix_web::Error>,
    door: Arc<Door<B>>,
    stream: StreamKind,
) -> HttpResponse {
    if !is_welcome(request, &door.origins) {
        let why = "pages of this origin may not open sockets";
        return failure(StatusCode::FORBIDDEN, Code::PermissionDenied, "ORIGIN_NOT_ALLOWED", why);
    }
    let Ok(query) = query else {
        let why = "the only parameter is branch_id, a UUID";
        return failure(StatusCode::BAD_REQUEST, Code::InvalidArgument, "VALIDATION_FAILED", why);
    };
    if !door.health.is_ready() {
        return elsewhere("DEPENDENCY_DOWN", "the live state is not known at the moment");
    }
    if door.tasks.len() >= door.max_sockets {
        return elsewhere("OVERLOADED", "there are too many sockets");
    }
    let token = token(request.headers());
    let (outbox, voice, outlet) = queue(door.house.queue, actix::bell());
    let Some((response, incoming)) = actix::upgrade(request, body, BEARER, outlet) else {
        return no_socket();
    };
    let guest = Guest {
        line: request.conn_data::<Line>().cloned(),
        wish: Wish { stream, branch: query.branch_id, statuses: [].into() },
        token,
        outbox,
        voice,
    };
    actix_web::rt::spawn(door.tasks.clone().track_future(serve(door, guest, incoming)));
    response
}

struct Guest {
    line: Option<Line>,
    wish: Wish,
    token: Option<SecretString>,
    outbox: Outbox,
    voice: Voice,
}

/// One socket from its opening to the end of its connection.
async fn serve<B: OrderBook>(
    door: Arc<Door<B>>,
    guest: Guest,
    mut incoming: impl Stream<Item = Incoming> + Unpin,
) {
    let house = &door.house;
    let now = Now { instant: Instant::now(), wall: house.clock.now() };
    let (id, stream) = (house.ids.new_v7(now.wall), guest.wish.stream.as_str());
    let session = Box::new(Session::new(id, guest.wish, now));
    metrics::gauge!("ws_sockets", "stream" => stream).increment(1.0);
    tracing::debug!(session.id = %id, stream, "a {stream} has connected");

    let close = carry(house, session, guest.token, (guest.outbox, &guest.voice), &mut incoming).await;

    metrics::gauge!("ws_sockets", "stream" => stream).decrement(1.0);
    metrics::counter!("ws_closed_total", "code" => close.code().to_string()).increment(1);
    tracing::debug!(session.id = %id, stream, code = close.code(), "a {stream} has left: {close:?}");
    let within = if close == Close::Client { ANSWER_WITHIN } else { CLOSE_WITHIN };
    let parting = part(&guest.voice, guest.line.as_ref(), close, &mut incoming);
    if timeout(within, parting).await.is_err() {
        tracing::debug!(session.id = %id, stream, "a {stream} takes no part in the closing");
    }
    if let Some(line) = guest.line {
        line.cut();
    }
}

/// Closes in the way of the protocol, for as long as the client takes part in it.
async fn part(
    voice: &Voice,
    line: Option<&Line>,
    close: Close,
    incoming: &mut (impl Stream<Item = Incoming> + Unpin),
) {
    if !voice.finish(&Framed::close(close)) {
        return;
    }
    // the connection is driven by this thread: what it has taken, it has also tried to write
    voice.taken().await;
    match close {
        Close::Client => {}
        Close::Violation | Close::NotUtf8 | Close::TooLarge => {
            // its own close is not to be found any more; a cut before it has read ours would take that from it
            if let Some(line) = line {
                line.end();
            }
            while incoming.next().await.is_some() {}
        }
        _ => while incoming.next().await.is_some_and(|message| message != Incoming::Close) {},
    }
}

/// No `Origin` is no browser. A page may open sockets at the host it came from.
fn is_welcome(request: &HttpRequest, origins: &Cors) -> bool {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let own_host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = origin.split_once("://").map(|(_, host)| host);
    (host.is_some() && host == own_host) || origins.allows(origin)
}

/// The token of the upgrade: from `Authorization`, or after `bearer` in `Sec-WebSocket-Protocol`.
fn token(headers: &HeaderMap) -> Option<SecretString> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, token) = value.to_str().unwrap_or_default().split_once(' ').unwrap_or_default();
        // a header that holds no token is a dead one, not none
        let token = if scheme.eq_ignore_ascii_case(BEARER) { token.trim() } else { "" };
        return Some(token.into());
    }
    let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok());
    let mut offered = offered.flat_map(|value| value.split(',')).map(str::trim);
    offered.find(|protocol| *protocol == BEARER)?;
    offered.next().map(SecretString::from)
}

/// For whoever asks in plain HTTP.
fn no_socket() -> HttpResponse {
    let why = "this address speaks WebSocket: ask with `Connection: upgrade` and `Upgrade: websocket`";
    let mut answer = failure(StatusCode::UPGRADE_REQUIRED, Code::InvalidArgument, "WEBSOCKET_EXPECTED", why);
    answer.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    answer
}

fn elsewhere(reason: &str, why: &str) -> HttpResponse {
    let mut answer = failure(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, reason, why);
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use secrecy::ExposeSecret as _;

    use super::*;

    fn found(name: &str, value: &str) -> Option<String> {
        let request = TestRequest::default().insert_header((name, value)).to_http_request();
        token(request.headers()).map(|token| token.expose_secret().to_owned())
    }

    fn welcome(origin: &str, allowed: &str) -> bool {
        let request = TestRequest::default()
            .insert_header(("origin", origin))
            .insert_header(("host", "ws.example:8081"));
        is_welcome(&request.to_http_request(), &Cors::parse(allowed))
    }

    #[test]
    fn a_token_comes_in_the_header_or_as_a_sub_protocol() {
        assert_eq!(found("authorization", "Bearer abc").as_deref(), Some("abc"));
        assert_eq!(found("authorization", "Basic abc").as_deref(), Some(""));
        assert_eq!(found("sec-websocket-protocol", "bearer, abc").as_deref(), Some("abc"));
        assert_eq!(found("sec-websocket-protocol", "chat"), None);
        assert_eq!(found("accept", "anything"), None);
    }

    #[test]
    fn pages_of_the_same_host_and_of_the_list_are_welcome_others_are_not() {
        assert!(welcome("http://ws.example:8081", ""));
        assert!(welcome("https://office.example", "https://office.example, https://x.example"));
        assert!(!welcome("https://evil.example", "https://office.example"));
        assert!(!welcome("null", ""));
        assert!(welcome("https://anybody.example", "*"));
    }
}
