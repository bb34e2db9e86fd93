//! Around every REST call: HEAD as GET, trace and request id, security headers, metrics.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, web};
use chassis::trace::TraceContext;

use super::templates::Templates;

const REQUEST_ID: &str = "x-request-id";
const LONGEST_REQUEST_ID: usize = 64;

const SECURITY: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "cross-origin"),
];

/// Which call this is; whoever hands it on tells so.
#[derive(Clone)]
pub(super) struct Story {
    pub(super) trace: TraceContext,
    id: String,
}

impl Story {
    /// Tells it in the headers of the next call.
    pub(super) fn tell(&self, headers: &mut http::HeaderMap) {
        let mut set = |name: &'static str, value: &str| {
            if let Ok(value) = http::HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        };
        set(TraceContext::HEADER, &self.trace.header());
        set(REQUEST_ID, &self.id);
    }
}

pub(super) async fn around<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let started = Instant::now();
    let trace = trace_of(request.headers());
    let id = request_id(request.headers()).unwrap_or_else(|| trace.trace_id_hex());
    request.extensions_mut().insert(Story { trace, id: id.clone() });
    let route = request.app_data::<web::Data<Templates>>().map_or_else(
        || "unknown".into(),
        |templates| templates.find(request.method().as_str(), request.path()),
    );
    let method = request.method().as_str().to_owned();
    if request.method() == Method::HEAD {
        // answered like a GET; the server keeps the body to itself
        request.head_mut().method = Method::GET;
    }
    let mut answer = next.call(request).await?;
    let headers = answer.headers_mut();
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(HeaderName::from_static(REQUEST_ID), id);
    }
    for (name, value) in SECURITY {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        // with an ETag: ask again, and be told that nothing has changed
        let rule = if headers.contains_key(header::ETAG) { "no-cache" } else { "no-store" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(rule));
    }
    let status = answer.status().as_u16().to_string();
    let method = if route.as_ref() == "unknown" { "any".to_owned() } else { method };
    metrics::histogram!("http_server_duration_seconds", "method" => method.clone(), "route" => route.clone())
        .record(started.elapsed().as_secs_f64());
    metrics::counter!("http_server_requests_total", "method" => method, "route" => route, "status" => status)
        .increment(1);
    Ok(answer)
}

fn trace_of(headers: &HeaderMap) -> TraceContext {
    let header =
        headers.get(TraceContext::HEADER).and_then(|value| TraceContext::parse(value.to_str().ok()?));
    header.map_or_else(TraceContext::fresh, |parent| parent.child())
}

/// A client's own id for the request, if it is fit for a log.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_fit = id.len() <= LONGEST_REQUEST_ID && id.bytes().all(|byte| byte.is_ascii_graphic());
    (is_fit && !id.is_empty()).then(|| id.to_owned())
}
