//! The generated REST traits over gRPC clients.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use rest_over_grpc::handling::{Code, Context, Status};
use serde_json::{Value, json};
use tonic::metadata::{KeyAndValueRef, MetadataMap};
use tonic_types::StatusExt as _;

/// Answers REST calls through the gRPC client inside.
#[derive(Clone, Debug)]
pub struct Forward<C>(pub C);

/// Headers that travel on as metadata.
const PASSED_ON: [&str; 6] =
    ["authorization", "idempotency-key", "traceparent", "tracestate", "x-request-id", "if-none-match"];

/// Metadata that travels back as headers.
const PASSED_BACK: [&str; 4] = ["etag", "location", "x-request-id", "x-http-code"];

/// Where the reasons of field violations travel, in the metadata of `ErrorInfo`.
pub const VIOLATION_REASONS: &str = "violation_reasons";

/// How long a REST call may take unless its caller is more impatient.
const DEADLINE: Duration = Duration::from_secs(5);

/// The gRPC request for a REST call.
pub fn outgoing<T>(message: T, context: &Context) -> Result<tonic::Request<T>, Status> {
    let mut headers = HeaderMap::with_capacity(PASSED_ON.len());
    for name in PASSED_ON {
        if let Some(value) = context.request_headers().get(name) {
            headers.insert(name, value.clone());
        }
    }
    let mut request = tonic::Request::new(message);
    *request.metadata_mut() = MetadataMap::from_headers(headers);
    request.set_timeout(deadline(context.request_headers())?);
    Ok(request)
}

/// The REST answer for a gRPC answer.
pub fn incoming<T>(
    answer: Result<tonic::Response<T>, tonic::Status>,
    context: &mut Context,
) -> Result<T, Status> {
    let (metadata, result) = match answer {
        Ok(response) => {
            let (metadata, message, _) = response.into_parts();
            (metadata, Ok(message))
        }
        Err(failure) => {
            if let Some(seconds) = retry_after(&failure) {
                context.insert_response_header(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            (failure.metadata().clone(), Err(status(&failure)))
        }
    };
    for pair in metadata.iter() {
        let KeyAndValueRef::Ascii(name, value) = pair else { continue };
        if !PASSED_BACK.contains(&name.as_str()) {
            continue;
        }
        let name = header::HeaderName::try_from(name.as_str());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_encoded_bytes())) {
            context.insert_response_header(name, value);
        }
    }
    result
}

/// Whole seconds after which another try makes sense, rounded up.
pub fn retry_after(failure: &tonic::Status) -> Option<u64> {
    let delay = failure.get_details_retry_info()?.retry_delay?;
    Some(delay.as_secs() + u64::from(delay.subsec_nanos() > 0))
}

/// A gRPC status as `google.rpc.Status` with readable details.
pub fn status(failure: &tonic::Status) -> Status {
    let code = match (failure.code(), failure.message()) {
        // tonic's own timer reports a deadline as a cancellation.
        (tonic::Code::Cancelled, "Timeout expired") => Code::DeadlineExceeded,
        (code, _) => Code::from_i32(code as i32).unwrap_or(Code::Unknown),
    };
    // A connection that cannot be made tells about the inside.
    let is_transport = failure.code() == tonic::Code::Unavailable && failure.details().is_empty();
    let message =
        if is_transport { "a service behind the gateway does not answer" } else { failure.message() };
    Status::new(code, message).with_details(details(failure, is_transport))
}

fn details(failure: &tonic::Status, is_transport: bool) -> Vec<Value> {
    let details = failure.get_error_details();
    let reasons = violation_reasons(&details);
    let mut readable = Vec::new();
    if let Some(request) = details.bad_request() {
        let violations: Vec<_> = request
            .field_violations
            .iter()
            .enumerate()
            .map(|(position, fault)| {
                json!({
                    "field": fault.field,
                    "reason": reasons.get(position).copied().unwrap_or_default(),
                    "description": fault.description,
                })
            })
            .collect();
        readable.push(typed("BadRequest", json!({ "field_violations": violations })));
    }
    if let Some(info) = details.error_info() {
        let metadata: std::collections::BTreeMap<_, _> =
            info.metadata.iter().filter(|(name, _)| !name.starts_with(VIOLATION_REASONS)).collect();
        readable.push(typed(
            "ErrorInfo",
            json!({ "reason": info.reason, "domain": info.domain, "metadata": metadata }),
        ));
    } else if is_transport {
        readable.push(typed(
            "ErrorInfo",
            json!({ "reason": "DEPENDENCY_DOWN", "domain": "pizzeria", "metadata": {} }),
        ));
    }
    if let Some(delay) = details.retry_info().and_then(|info| info.retry_delay) {
        readable.push(typed("RetryInfo", json!({ "retry_delay": format!("{}s", delay.as_secs_f64()) })));
    }
    readable
}

/// The reasons of a status's field violations: `edge` sends them beside the violations, in the same order.
pub fn violation_reasons(details: &tonic_types::ErrorDetails) -> Vec<&str> {
    let reasons = details.error_info().and_then(|info| info.metadata.get(VIOLATION_REASONS));
    reasons.map(|reasons| reasons.split(',').collect()).unwrap_or_default()
}

fn typed(name: &str, mut detail: Value) -> Value {
    if let Some(fields) = detail.as_object_mut() {
        fields.insert("@type".to_owned(), json!(format!("type.googleapis.com/google.rpc.{name}")));
    }
    detail
}

fn deadline(headers: &HeaderMap) -> Result<Duration, Status> {
    let Some(asked) = headers.get("x-request-timeout-ms") else { return Ok(DEADLINE) };
    let millis = asked.to_str().ok().and_then(|text| text.parse::<u64>().ok());
    let millis = millis.ok_or_else(|| Status::invalid_argument("x-request-timeout-ms: not a number"))?;
    Ok(Duration::from_millis(millis.min(30_000)))
}

/// Implements a generated REST trait by forwarding each call to a gRPC client.
#[macro_export]
macro_rules! forward {
    ($service:path, $($client:ident)::+; $($method:ident($input:ty) -> $output:ty;)*) => {
        impl $service for $crate::rest::forward::Forward<$($client)::+<::tonic::transport::Channel>> {
            $(async fn $method(
                &self,
                message: $input,
                context: &mut ::rest_over_grpc::handling::Context,
            ) -> Result<$output, ::rest_over_grpc::handling::Status> {
                let request = $crate::rest::forward::outgoing(message, context)?;
                let answer = self.0.clone().$method(request).await;
                $crate::rest::forward::incoming(answer, context)
            })*
        }
    };
}
