//! One vocabulary of failures for gRPC, REST, Kafka and WebSocket.
//!
//! A kind says what a caller has to do; the reason (upper snake case) says which rule was met. Status codes
//! are chosen from the kind by `edge`, and nowhere else.

use std::time::Duration;

/// What went wrong, as a caller has to react to it. Add a variant only if a caller would act differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request is wrong whatever the state.
    InvalidArgument,
    /// The request is fine, the state forbids it; the same request may pass later.
    FailedPrecondition,
    /// A time or page beyond what exists.
    OutOfRange,
    /// No valid identity.
    Unauthenticated,
    /// Identity without the right role or branch.
    PermissionDenied,
    /// Unknown id, also an id of a branch the caller may not see.
    NotFound,
    /// A unique thing exists already; an idempotency key met another body.
    AlreadyExists,
    /// Version conflict; the true state is in the details.
    Aborted,
    /// A capacity is used up: slots, attempts, load.
    ResourceExhausted,
    /// A needed store or service does not answer.
    Unavailable,
    /// The caller's time ran out.
    DeadlineExceeded,
    /// A fault of ours; only a trace id goes out.
    Internal,
}

impl ErrorKind {
    /// Whether another try of the same work may succeed by itself.
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::Unavailable | Self::DeadlineExceeded => true,
            Self::InvalidArgument
            | Self::FailedPrecondition
            | Self::OutOfRange
            | Self::Unauthenticated
            | Self::PermissionDenied
            | Self::NotFound
            | Self::AlreadyExists
            | Self::Aborted
            | Self::ResourceExhausted
            | Self::Internal => false,
        }
    }
}

/// One fault of one field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path in the request, such as `lines[2].extras[0].extra_id`.
    pub field: String,
    /// Upper snake case.
    pub reason: &'static str,
    /// For people.
    pub description: String,
}

/// What every error of a use case can say about itself.
pub trait ServiceError: std::error::Error + Send + Sync + 'static {
    /// How the caller has to react.
    fn kind(&self) -> ErrorKind;

    /// Which rule was met, in upper snake case.
    fn reason(&self) -> &'static str;

    /// Every field at fault, at once.
    fn violations(&self) -> Vec<Violation> {
        Vec::new()
    }

    /// Machine-readable facts beside the reason, such as the missing sum or the true version.
    fn metadata(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// When another try makes sense; `None` when waiting does not help.
    fn retry_after(&self) -> Option<Duration> {
        matches!(self.kind(), ErrorKind::Unavailable).then_some(Duration::from_secs(1))
    }

    /// What a client may read. A fault of ours says nothing about the inside.
    fn public_message(&self) -> String {
        match self.kind() {
            ErrorKind::Internal => "internal error".to_owned(),
            _ => self.to_string(),
        }
    }
}

/// All faults of one request, collected before it is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<(ErrorKind, Violation)>);

impl Faults {
    /// No fault so far.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Notes one fault.
    pub fn add(
        &mut self,
        kind: ErrorKind,
        field: impl Into<String>,
        reason: &'static str,
        description: impl Into<String>,
    ) {
        self.0.push((kind, Violation { field: field.into(), reason, description: description.into() }));
    }

    /// Notes a fault that stays whatever the state is.
    pub fn invalid(
        &mut self,
        field: impl Into<String>,
        reason: &'static str,
        description: impl Into<String>,
    ) {
        self.add(ErrorKind::InvalidArgument, field, reason, description);
    }

    /// Takes over what was found elsewhere.
    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// Whether nothing was found.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Passes a faultless request on, refuses any other.
    pub fn into_result(self) -> Result<(), Refused> {
        if self.0.is_empty() { Ok(()) } else { Err(Refused(self)) }
    }
}

/// A request refused for the faults found in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct Refused(Faults);

impl Refused {
    /// A refusal for one fault.
    pub fn one(
        kind: ErrorKind,
        field: impl Into<String>,
        reason: &'static str,
        description: impl Into<String>,
    ) -> Self {
        let mut faults = Faults::new();
        faults.add(kind, field, reason, description);
        Self(faults)
    }

    fn text(&self) -> String {
        let said = |(_, fault): &(ErrorKind, Violation)| format!("{} {}", fault.field, fault.description);
        self.0.0.iter().map(said).collect::<Vec<_>>().join("; ")
    }
}

impl ServiceError for Refused {
    /// An argument fault outweighs the others: the request can never pass as it is.
    fn kind(&self) -> ErrorKind {
        let mut kinds = self.0.0.iter().map(|(kind, _)| *kind);
        let first = kinds.clone().next().unwrap_or(ErrorKind::InvalidArgument);
        if kinds.any(|kind| kind == ErrorKind::InvalidArgument) { ErrorKind::InvalidArgument } else { first }
    }

    fn reason(&self) -> &'static str {
        match self.0.0.as_slice() {
            [(_, only)] => only.reason,
            _ => "VALIDATION_FAILED",
        }
    }

    fn violations(&self) -> Vec<Violation> {
        self.0.0.iter().map(|(_, fault)| fault.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fault_gives_its_own_reason_several_give_validation_failed() {
        let mut faults = Faults::new();
        faults.add(ErrorKind::FailedPrecondition, "lines[0]", "OUT_OF_STOCK", "is out of stock");
        let one = faults.clone().into_result().unwrap_err();
        faults.invalid("lines[1].quantity", "QUANTITY_OUT_OF_RANGE", "must be 1..=99");
        let two = faults.into_result().unwrap_err();

        assert_eq!((one.kind(), one.reason()), (ErrorKind::FailedPrecondition, "OUT_OF_STOCK"));
        assert_eq!((two.kind(), two.reason()), (ErrorKind::InvalidArgument, "VALIDATION_FAILED"));
        assert_eq!(two.violations().len(), 2);
    }

    #[derive(Debug, thiserror::Error)]
    #[error("row 7 is broken")]
    struct Plain(ErrorKind);

    impl ServiceError for Plain {
        fn kind(&self) -> ErrorKind {
            self.0
        }

        fn reason(&self) -> &'static str {
            "PLAIN"
        }
    }

    #[test]
    fn only_what_heals_by_itself_is_tried_again() {
        use ErrorKind::{Aborted, DeadlineExceeded, Internal, ResourceExhausted, Unavailable};

        assert!([Unavailable, DeadlineExceeded].into_iter().all(ErrorKind::is_retryable));
        assert!(![Aborted, Internal, ResourceExhausted].into_iter().any(ErrorKind::is_retryable));
        assert_eq!(Plain(Unavailable).retry_after(), Some(Duration::from_secs(1)));
        assert_eq!(Plain(Aborted).retry_after(), None);
    }

    #[test]
    fn a_fault_of_ours_says_nothing_about_the_inside() {
        assert_eq!(Plain(ErrorKind::Internal).public_message(), "internal error");
        assert_eq!(Plain(ErrorKind::NotFound).public_message(), "row 7 is broken");
        assert!(Plain(ErrorKind::NotFound).metadata().is_empty());
        assert!(Plain(ErrorKind::NotFound).violations().is_empty());
    }

    #[test]
    fn faults_found_elsewhere_are_taken_over() {
        let mut faults = Faults::new();
        assert!(faults.is_empty());
        let mut others = Faults::new();
        others.invalid("phone", "PHONE_INVALID", "is no phone number");

        faults.append(others);

        assert!(!faults.is_empty());
        assert_eq!(faults.into_result().unwrap_err().to_string(), "phone is no phone number");
    }
}
