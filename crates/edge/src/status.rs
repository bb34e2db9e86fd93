//! Errors as gRPC statuses with `google.rpc` details; REST shows the same through `contracts::rest::forward`.

use std::collections::HashMap;

use contracts::rest::forward;
use domain::{ErrorKind, ServiceError, Violation};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

/// Who speaks in `ErrorInfo`.
pub const DOMAIN: &str = "pizzeria";

/// Statuses travel in headers, and some clients take 8 KiB of them. There details grow by a third, and a character
/// of a message that is not ASCII is three times as long as its bytes.
const VIOLATIONS_BYTES: usize = 3_500;
const MESSAGE_BYTES: usize = 1_500;
const MESSAGE_CHARS: usize = 500;
/// What a violation takes beside its texts.
const VIOLATION_FRAME: usize = 8;

/// The one place where an error becomes an answer; also the one place that logs it, see [`unlogged`].
#[expect(clippy::needless_pass_by_value, reason = "made for `map_err(into_status)`")]
pub fn into_status<E: ServiceError>(error: E) -> Status {
    let kind = error.kind();
    if matches!(kind, ErrorKind::Internal | ErrorKind::Unavailable) {
        let (cause, reason) = (chassis::causes(&error), error.reason());
        let trace_id = chassis::trace::current().map(|trace| trace.trace_id_hex());
        // what is away comes back by itself, what is broken does not
        if kind == ErrorKind::Internal {
            tracing::error!(error = cause, error.kind = ?kind, error.reason = reason, trace_id, "the request failed: {cause}");
        } else {
            tracing::warn!(error = cause, error.kind = ?kind, error.reason = reason, trace_id, "the request was put off: {cause}");
        }
    }
    unlogged(&error)
}

/// The gRPC code of a kind.
pub const fn code(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::InvalidArgument => Code::InvalidArgument,
        ErrorKind::FailedPrecondition => Code::FailedPrecondition,
        ErrorKind::OutOfRange => Code::OutOfRange,
        ErrorKind::Unauthenticated => Code::Unauthenticated,
        ErrorKind::PermissionDenied => Code::PermissionDenied,
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::AlreadyExists => Code::AlreadyExists,
        ErrorKind::Aborted => Code::Aborted,
        ErrorKind::ResourceExhausted => Code::ResourceExhausted,
        ErrorKind::Unavailable => Code::Unavailable,
        ErrorKind::DeadlineExceeded => Code::DeadlineExceeded,
        ErrorKind::Internal => Code::Internal,
    }
}

/// The code's name as the gRPC documentation spells it.
pub const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// The kind behind a gRPC code; `None` for OK.
pub const fn kind(code: Code) -> Option<ErrorKind> {
    Some(match code {
        Code::Ok => return None,
        Code::InvalidArgument => ErrorKind::InvalidArgument,
        Code::FailedPrecondition => ErrorKind::FailedPrecondition,
        Code::OutOfRange => ErrorKind::OutOfRange,
        Code::Unauthenticated => ErrorKind::Unauthenticated,
        Code::PermissionDenied => ErrorKind::PermissionDenied,
        Code::NotFound => ErrorKind::NotFound,
        Code::AlreadyExists => ErrorKind::AlreadyExists,
        Code::Aborted => ErrorKind::Aborted,
        Code::ResourceExhausted => ErrorKind::ResourceExhausted,
        Code::Unavailable => ErrorKind::Unavailable,
        Code::DeadlineExceeded => ErrorKind::DeadlineExceeded,
        Code::Internal | Code::Unknown | Code::Cancelled | Code::Unimplemented | Code::DataLoss => {
            ErrorKind::Internal
        }
    })
}

/// The answer for what is meant to happen, though its kind is that of a failure.
pub fn unlogged<E: ServiceError>(error: &E) -> Status {
    let mut details = ErrorDetails::new();
    let mut metadata: HashMap<String, String> = HashMap::new();
    if error.kind() == ErrorKind::Internal {
        // only the trace id goes out
        let trace = chassis::trace::current().map(|trace| ("trace_id".to_owned(), trace.trace_id_hex()));
        metadata.extend(trace);
    } else {
        metadata.extend(error.metadata().into_iter().map(|(name, value)| (name.to_owned(), value)));
        add_violations(&mut details, &mut metadata, error.violations());
    }
    details.set_error_info(error.reason(), DOMAIN, metadata);
    if let Some(pause) = error.retry_after() {
        details.set_retry_info(Some(pause));
    }
    let message = shortened(&error.public_message());
    Status::with_error_details(code(error.kind()), message, details)
}

/// As much of a message as its header may hold.
fn shortened(message: &str) -> String {
    let mut room = MESSAGE_BYTES;
    let fits = |letter: &char| {
        let length = if letter.is_ascii() { 1 } else { 3 * letter.len_utf8() };
        room = room.saturating_sub(length);
        room > 0
    };
    message.chars().take(MESSAGE_CHARS).take_while(fits).collect()
}

/// Reasons travel beside the violations, in the same order: clients look for them there, and both places would
/// take twice the room.
fn add_violations(
    details: &mut ErrorDetails,
    metadata: &mut HashMap<String, String>,
    violations: Vec<Violation>,
) {
    let found = violations.len();
    let mut room = VIOLATIONS_BYTES;
    let mut reasons = Vec::new();
    let mut listed = Vec::new();
    for Violation { field, reason, description } in violations {
        let length = field.len() + reason.len() + description.len() + VIOLATION_FRAME;
        let Some(left) = room.checked_sub(length) else { break };
        room = left;
        reasons.push(reason);
        listed.push(FieldViolation { field, description, ..FieldViolation::default() });
    }
    if found > listed.len() {
        metadata.insert("violations_left_off".to_owned(), (found - listed.len()).to_string());
    }
    if !listed.is_empty() {
        details.set_bad_request(listed);
        metadata.insert(forward::VIOLATION_REASONS.to_owned(), reasons.join(","));
    }
}

#[cfg(test)]
mod tests;
