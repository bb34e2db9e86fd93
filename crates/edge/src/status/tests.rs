use std::time::Duration;

use chassis::trace::TraceContext;
use domain::{Faults, Refused};

use super::*;

#[derive(Debug, thiserror::Error)]
#[error("{said}")]
struct Failure {
    kind: ErrorKind,
    said: &'static str,
    metadata: Vec<(&'static str, String)>,
    #[source]
    cause: Option<std::io::Error>,
}

impl Failure {
    fn of(kind: ErrorKind, said: &'static str) -> Self {
        Self { kind, said, metadata: Vec::new(), cause: None }
    }
}

impl ServiceError for Failure {
    fn kind(&self) -> ErrorKind {
        self.kind
    }

    fn reason(&self) -> &'static str {
        "SOME_REASON"
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        self.metadata.clone()
    }

    fn retry_after(&self) -> Option<Duration> {
        (self.kind == ErrorKind::Unavailable).then_some(Duration::from_millis(1500))
    }
}

fn as_rest(status: &Status) -> String {
    let rest = forward::status(status);
    let first = format!("{} {}", status.code() as i32, rest.message());
    let details = rest.details().iter().map(ToString::to_string);
    std::iter::once(first).chain(details).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_fault_of_a_request_is_listed_with_its_reason() {
    let mut faults = Faults::new();
    faults.invalid("lines[0].product_id", "UNKNOWN_PRODUCT", "is not on the menu");
    faults.invalid("lines[1].quantity", "QUANTITY_OUT_OF_RANGE", "must be 1..=99");

    let status = into_status(faults.into_result().unwrap_err());

    insta::assert_snapshot!(as_rest(&status), @r#"
    3 lines[0].product_id is not on the menu; lines[1].quantity must be 1..=99
    {"@type":"type.googleapis.com/google.rpc.BadRequest","field_violations":[{"description":"is not on the menu","field":"lines[0].product_id","reason":"UNKNOWN_PRODUCT"},{"description":"must be 1..=99","field":"lines[1].quantity","reason":"QUANTITY_OUT_OF_RANGE"}]}
    {"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"pizzeria","metadata":{},"reason":"VALIDATION_FAILED"}
    "#);
}

#[test]
fn one_fault_gives_its_own_reason() {
    let refused =
        Refused::one(ErrorKind::OutOfRange, "preferred_time", "PREFERRED_TIME_TOO_FAR", "is too far");

    insta::assert_snapshot!(as_rest(&into_status(refused)), @r#"
    11 preferred_time is too far
    {"@type":"type.googleapis.com/google.rpc.BadRequest","field_violations":[{"description":"is too far","field":"preferred_time","reason":"PREFERRED_TIME_TOO_FAR"}]}
    {"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"pizzeria","metadata":{},"reason":"PREFERRED_TIME_TOO_FAR"}
    "#);
}

#[test]
fn facts_travel_beside_the_reason() {
    let conflict =
        Failure { metadata: vec![("version", "4".to_owned())], ..Failure::of(ErrorKind::Aborted, "stale") };

    insta::assert_snapshot!(as_rest(&into_status(conflict)), @r#"
    10 stale
    {"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"pizzeria","metadata":{"version":"4"},"reason":"SOME_REASON"}
    "#);
}

#[test]
fn what_may_pass_later_says_when() {
    let status = into_status(Failure::of(ErrorKind::Unavailable, "the order log is down"));

    assert_eq!(forward::retry_after(&status), Some(2));
    insta::assert_snapshot!(as_rest(&status), @r#"
    14 the order log is down
    {"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"pizzeria","metadata":{},"reason":"SOME_REASON"}
    {"@type":"type.googleapis.com/google.rpc.RetryInfo","retry_delay":"1.5s"}
    "#);
}

#[tokio::test]
async fn a_fault_of_ours_tells_its_trace_and_nothing_else() {
    let trace = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
    let cause = Some(std::io::Error::other("password of the database"));
    let failure = Failure {
        metadata: vec![("table", "orders".to_owned())],
        cause,
        ..Failure::of(ErrorKind::Internal, "row 5 is odd")
    };

    let status = chassis::trace::scope(trace, async { into_status(failure) }).await;

    insta::assert_snapshot!(as_rest(&status), @r#"
    13 internal error
    {"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"pizzeria","metadata":{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"},"reason":"SOME_REASON"}
    "#);
}

#[test]
fn an_answer_stays_small_enough_for_its_headers() {
    let mut faults = Faults::new();
    for line in 0..500 {
        faults.invalid(format!("lines[{line}]"), "UNKNOWN_PRODUCT", "такого нет в меню");
    }

    let status = into_status(faults.into_result().unwrap_err());

    let details = status.get_error_details();
    let listed = details.bad_request().unwrap().field_violations.len();
    let left_off: usize = details.error_info().unwrap().metadata["violations_left_off"].parse().unwrap();
    assert_eq!(listed + left_off, 500);
    assert!(header_bytes(&status) <= CLIENTS_TAKE, "{}", header_bytes(&status));
}

/// What some clients take of headers; a name and a value count 32 bytes more than they are.
const CLIENTS_TAKE: usize = 8 * 1024;

fn header_bytes(status: &Status) -> usize {
    let mut headers = http::HeaderMap::new();
    status.add_header(&mut headers).unwrap();
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum()
}

#[test]
fn every_kind_has_a_code_of_its_own_and_comes_back_from_it() {
    use ErrorKind as Kind;
    for each in [
        Kind::InvalidArgument,
        Kind::FailedPrecondition,
        Kind::OutOfRange,
        Kind::Unauthenticated,
        Kind::PermissionDenied,
        Kind::NotFound,
        Kind::AlreadyExists,
        Kind::Aborted,
        Kind::ResourceExhausted,
        Kind::Unavailable,
        Kind::DeadlineExceeded,
        Kind::Internal,
    ] {
        assert_eq!(kind(code(each)), Some(each));
    }
    assert_eq!(kind(Code::Ok), None);
}
