//! Answers that the transcoder did not give: `google.rpc.Status` as JSON, like all others.

use actix_web::http::{ConnectionType, StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use contracts::rest::forward;
use rest_over_grpc::transcoding::HttpResponse as TranscoderAnswer;
use serde_json::json;
use tonic::Code;

use crate::status::DOMAIN;

/// A refusal with a code, a reason and a text for people.
pub fn failure(http: StatusCode, code: Code, reason: &str, message: &str) -> HttpResponse {
    HttpResponse::build(http).json(json!({
        "code": code as i32,
        "message": message,
        "details": [{
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason,
            "domain": DOMAIN,
            "metadata": {},
        }],
    }))
}

/// The refusal of a path that nobody answers.
pub fn no_such_route() -> HttpResponse {
    failure(StatusCode::NOT_FOUND, Code::NotFound, "ROUTE_NOT_FOUND", "there is no such route")
}

pub(super) fn method_not_allowed(allowed: &[&str]) -> HttpResponse {
    let mut answer = failure(
        StatusCode::METHOD_NOT_ALLOWED,
        Code::Unimplemented,
        "METHOD_NOT_ALLOWED",
        "this route does not take that method",
    );
    if let Ok(allowed) = header::HeaderValue::try_from(allowed.join(", ")) {
        answer.headers_mut().insert(header::ALLOW, allowed);
    }
    answer
}

pub(super) fn body_too_large() -> HttpResponse {
    failure(
        StatusCode::PAYLOAD_TOO_LARGE,
        Code::InvalidArgument,
        "BODY_TOO_LARGE",
        "the body has more than 65536 bytes",
    )
}

/// What is still to come of the body would be read as the next request: the connection ends.
pub(super) fn body_too_slow() -> HttpResponse {
    let mut answer = failure(
        StatusCode::REQUEST_TIMEOUT,
        Code::DeadlineExceeded,
        "BODY_TOO_SLOW",
        "the body did not come in time",
    );
    answer.head_mut().set_connection_type(ConnectionType::Close);
    answer
}

pub(super) fn body_unreadable() -> HttpResponse {
    failure(StatusCode::BAD_REQUEST, Code::InvalidArgument, "BODY_UNREADABLE", "the body could not be read")
}

pub(super) fn not_json() -> HttpResponse {
    failure(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::InvalidArgument,
        "CONTENT_TYPE_NOT_SUPPORTED",
        "send application/json",
    )
}

/// A refusal of ours in the shape that the transcoder gives to those of services.
pub(super) fn refused(status: &tonic::Status) -> HttpResponse {
    let (parts, body) = TranscoderAnswer::from_status(&forward::status(status)).into_http().into_parts();
    build(parts.status.as_u16(), &parts.headers).body(body)
}

/// An answer under construction with the transcoder's headers.
pub(super) fn build(status: u16, headers: &http::HeaderMap) -> HttpResponseBuilder {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = HttpResponse::build(status);
    for (name, value) in headers {
        answer.append_header((name.as_str(), value.as_bytes()));
    }
    answer
}
