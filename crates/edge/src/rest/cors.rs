//! Which pages of other origins may call: a list, or everybody in development.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, web};

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const HEADERS: &str = "authorization, content-type, idempotency-key, if-none-match, traceparent, x-request-id, x-request-timeout-ms";
const EXPOSED: &str = "etag, location, retry-after, x-request-id";
const MAX_AGE: &str = "600";

/// Origins that may call from a browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cors {
    /// None but the API's own.
    #[default]
    SameOrigin,
    /// These, written like `https://shop.example`.
    Origins(Vec<String>),
    /// Everybody; for development.
    Any,
}

impl Cors {
    /// Reads a setting: empty, `*`, or origins with commas between them.
    pub fn parse(setting: &str) -> Self {
        let origins: Vec<_> = setting
            .split(',')
            .map(str::trim)
            .filter(|origin| !origin.is_empty())
            .map(str::to_owned)
            .collect();
        match origins.as_slice() {
            [] => Self::SameOrigin,
            origins if origins.iter().any(|origin| origin == "*") => Self::Any,
            _ => Self::Origins(origins),
        }
    }

    /// Whether a page of this origin may call.
    pub fn allows(&self, origin: &str) -> bool {
        match self {
            Self::SameOrigin => false,
            Self::Origins(origins) => origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)),
            Self::Any => true,
        }
    }
}

pub(super) async fn around<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let allowed = origin.filter(|origin| is_allowed(&request, origin));
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut answer = if is_preflight {
        request.into_response(HttpResponse::NoContent().finish())
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    let headers = answer.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        allow(headers, is_preflight);
    }
    Ok(answer)
}

fn is_allowed(request: &ServiceRequest, origin: &HeaderValue) -> bool {
    let cors = request.app_data::<web::Data<Cors>>();
    origin.to_str().is_ok_and(|origin| cors.is_some_and(|cors| cors.allows(origin)))
}

fn allow(headers: &mut HeaderMap, is_preflight: bool) {
    let mut set = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    if is_preflight {
        set(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        set(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        set(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    } else {
        set(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_origins_may_call() {
        let cors = Cors::parse("https://shop.example, https://office.example");

        assert!(cors.allows("https://shop.example"));
        assert!(!cors.allows("https://evil.example"));
        assert!(!Cors::parse("").allows("https://shop.example"));
        assert!(Cors::parse("*").allows("https://anybody.example"));
    }
}
