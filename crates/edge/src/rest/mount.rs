//! One REST call through the transcoder.

use std::borrow::Cow;

use actix_web::http::header;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use bytes::Bytes;
use chassis::trace::{self, TraceContext};
use futures_util::StreamExt as _;
use rest_over_grpc::transcoding::{Transcode, TranscodeResponse};
use tracing::Instrument as _;

use super::headers::Story;
use super::page::Page;
use super::shelf::{Found, Place, Shelf};
use super::templates::Templates;
use super::{RestSettings, answer};
use crate::identity::Denied;
use crate::status::into_status;

const MAX_BODY: usize = 64 * 1024;

pub(super) async fn call<T: Transcode + Send + Sync + 'static>(
    request: HttpRequest,
    body: web::Payload,
    transcoder: web::Data<T>,
    settings: web::Data<RestSettings>,
    templates: web::Data<Templates>,
) -> HttpResponse {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let method = request.method().as_str();
    let found = settings.shelf.as_ref().and_then(|shelf| shelf.find(method, target, request.headers()));
    let place = match found {
        Some(Found::Page(page)) => return page.kept_answer(&request),
        Some(Found::Place(place)) => Some(place),
        None => None,
    };
    let target = match routable(method, target) {
        Ok(target) => target,
        Err(allowed) if !allowed.is_empty() => return answer::method_not_allowed(&allowed),
        // a handler of the service's own, which only reads
        Err(_) if templates.knows("GET", request.path()) => {
            return answer::method_not_allowed(&["GET", "HEAD"]);
        }
        Err(_) => return answer::no_such_route(),
    };
    let mut headers = headers_of(&request);
    let story = request.extensions().get::<Story>().cloned();
    if let Some(story) = &story {
        story.tell(&mut headers);
    }
    if place.is_some() {
        // what is kept is the whole answer
        headers.remove(http::header::IF_NONE_MATCH);
    }
    let route = templates.find(method, request.path());
    if let Err(denied) = signed_in(&settings, method, &route, &headers) {
        return answer::refused(&denied);
    }
    let body = tokio::time::timeout(settings.body_within, body.to_bytes_limited(MAX_BODY));
    let body = match body.await {
        Ok(Ok(Ok(body))) => body,
        Ok(Ok(Err(_))) => return answer::body_unreadable(),
        Ok(Err(_)) => return answer::body_too_large(),
        Err(_) => return answer::body_too_slow(),
    };
    if !body.is_empty() && !is_json(&request) {
        return answer::not_json();
    }
    let trace = story.map_or_else(TraceContext::fresh, |story| story.trace);
    let span = tracing::info_span!("rest", http.method = method, trace_id = %trace.trace_id_hex());
    let work = transcoder.transcode(method, &target, headers, &body).instrument(span);
    let answer = trace::scope(trace, work).await;
    if let Some(shelf) = &settings.shelf {
        shelf.changed(method, request.path());
    }
    answer_of(&request, answer, settings.shelf.as_ref().zip(place))
}

/// A wrong token is refused everywhere; no token is enough for public routes only.
fn signed_in(
    settings: &RestSettings,
    method: &str,
    route: &str,
    headers: &http::HeaderMap,
) -> Result<(), tonic::Status> {
    let caller = settings.verifier.caller(headers).map_err(into_status)?;
    if caller.is_anonymous() && !settings.public.contains(&(method, route)) {
        return Err(into_status(Denied::NotSignedIn));
    }
    Ok(())
}

/// The target as the router finds it, or the methods that its path takes instead.
///
/// Ids may hold a `:`, which the router reads as a custom verb.
fn routable<'a>(method: &str, target: &'a str) -> Result<Cow<'a, str>, Vec<&'static str>> {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    if contracts::rest::matches(method, path) {
        return Ok(Cow::Borrowed(target));
    }
    let escaped = path.replace(':', "%3A");
    if contracts::rest::matches(method, &escaped) {
        return Ok(Cow::Owned(query.map_or_else(|| escaped.clone(), |query| format!("{escaped}?{query}"))));
    }
    let mut allowed = contracts::rest::allowed(&escaped);
    if allowed.contains(&"GET") {
        allowed.push("HEAD");
    }
    Err(allowed)
}

fn is_json(request: &HttpRequest) -> bool {
    request.content_type().eq_ignore_ascii_case("application/json")
}

/// actix speaks http 0.2, the transcoder http 1.
fn headers_of(request: &HttpRequest) -> http::HeaderMap {
    let mut headers = http::HeaderMap::with_capacity(request.headers().len());
    for (name, value) in request.headers() {
        let name = http::HeaderName::from_bytes(name.as_str().as_bytes());
        if let (Ok(name), Ok(value)) = (name, http::HeaderValue::from_bytes(value.as_bytes())) {
            headers.append(name, value);
        }
    }
    headers
}

fn answer_of(
    request: &HttpRequest,
    answer: TranscodeResponse,
    shelf: Option<(&Shelf, Place)>,
) -> HttpResponse {
    match answer {
        TranscodeResponse::Unary(answer) => {
            let (mut parts, body) = answer.into_http().into_parts();
            let asked = parts.headers.remove("x-http-code").and_then(|code| code.to_str().ok()?.parse().ok());
            let status = asked.filter(|_| parts.status == 200).unwrap_or(parts.status.as_u16());
            if status == 200 {
                let page = Page::new(&parts.headers, Bytes::from(body));
                return match shelf {
                    Some((shelf, place)) => shelf.put(place, page).kept_answer(request),
                    None => page.answer(request),
                };
            }
            // a neighbour that is away cannot say when to come again
            if status == 503 && !parts.headers.contains_key(http::header::RETRY_AFTER) {
                parts.headers.insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("1"));
            }
            let mut answer = answer::build(status, &parts.headers);
            // the latter is said by owners of content that know what the client has
            if matches!(status, 204 | 304) { answer.finish() } else { answer.body(body) }
        }
        TranscodeResponse::Streaming(stream) => {
            let (content_type, headers, frames) = stream.into_parts();
            answer::build(200, &headers)
                .insert_header((header::CONTENT_TYPE, content_type.as_bytes()))
                .streaming(frames.map(|frame| frame.map(Bytes::from)))
        }
    }
}
