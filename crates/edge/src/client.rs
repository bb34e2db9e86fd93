//! Calls to neighbours: identity, trace and deadline travel with each.

use std::collections::BTreeSet;
use std::iter;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use chassis::Check;
use chassis::trace::TraceContext;
use contracts::rest::forward;
use domain::{ErrorKind, ServiceError, Violation};
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use crate::identity::ServiceIdentity;
use crate::{deadline, status};

const CONNECT: Duration = Duration::from_secs(1);
const KEEPALIVE: Duration = Duration::from_secs(20);
const PROBE_EVERY: Duration = Duration::from_secs(1);
const PROBE_PATIENCE: Duration = Duration::from_secs(1);
const KEEPALIVE_ANSWER: Duration = Duration::from_secs(5);

/// A neighbour, reached through a few connections that are made when they are needed.
#[derive(Clone)]
pub struct Neighbour {
    channels: Arc<[Channel]>,
    turn: Arc<AtomicUsize>,
    identity: Arc<ServiceIdentity>,
}

impl Neighbour {
    /// A neighbour at `url`; `variable` is the setting that names it. Call it inside the main runtime.
    pub fn connect_lazy(
        variable: &'static str,
        url: &str,
        channels: usize,
        identity: Arc<ServiceIdentity>,
    ) -> anyhow::Result<Self> {
        let endpoint = Endpoint::from_shared(url.to_owned())
            .with_context(|| format!("{variable} is no address: {url}"))?
            .connect_timeout(CONNECT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEPALIVE)
            .keep_alive_timeout(KEEPALIVE_ANSWER)
            .keep_alive_while_idle(true);
        let channels = (0..channels.max(1)).map(|_| endpoint.connect_lazy()).collect();
        Ok(Self { channels, turn: Arc::default(), identity })
    }

    /// The connection whose turn it is.
    pub fn channel(&self) -> Channel {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        // there is at least one: see `connect_lazy`
        #[expect(clippy::indexing_slicing, reason = "the remainder of the length is within")]
        self.channels[turn % self.channels.len()].clone()
    }

    /// A call in this service's name, answered within `at_most` and within the time of the call it serves.
    pub fn request<T>(&self, message: T, at_most: Duration) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(deadline::remaining(at_most));
        let metadata = request.metadata_mut();
        if let Some(identity) = self.identity.header() {
            metadata.insert("authorization", identity);
        }
        let trace = chassis::trace::current_or_fresh().child();
        if let Ok(header) = MetadataValue::try_from(trace.header()) {
            metadata.insert(TraceContext::HEADER, header);
        }
        request
    }
}

/// Reports to `check` whether the neighbour says that it is ready, until `stop`.
pub async fn watch(neighbour: Neighbour, check: Check, stop: CancellationToken) -> anyhow::Result<()> {
    loop {
        let ask = neighbour.request(HealthCheckRequest::default(), PROBE_PATIENCE);
        let answer = HealthClient::new(neighbour.channel()).check(ask).await;
        match answer.map(|answer| answer.into_inner().status()) {
            Ok(ServingStatus::Serving) => check.up(),
            Ok(_) => check.down("it says that it is not ready"),
            Err(_) => check.down("it does not answer"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(PROBE_EVERY) => {}
        }
    }
}

/// A neighbour's refusal, or its silence, in our own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallFailed {
    kind: ErrorKind,
    reason: &'static str,
    message: String,
    violations: Vec<Violation>,
    metadata: Vec<(&'static str, String)>,
    retry_after: Option<Duration>,
    /// Whether the neighbour itself has spoken.
    is_answer: bool,
}

impl CallFailed {
    /// Whether the neighbour answered, so that its state is known; without an answer the call is in doubt.
    pub const fn is_answer(&self) -> bool {
        self.is_answer
    }
}

impl From<Status> for CallFailed {
    fn from(failure: Status) -> Self {
        let details = failure.get_error_details();
        let Some(info) = details.error_info() else { return Self::silence(&failure) };
        let violations = details.bad_request().map(|request| request.field_violations.as_slice());
        let reasons = forward::violation_reasons(&details).into_iter().chain(iter::repeat(""));
        let violations = violations.unwrap_or_default().iter().zip(reasons);
        Self {
            kind: status::kind(failure.code()).unwrap_or(ErrorKind::Internal),
            reason: known(&info.reason),
            message: failure.message().to_owned(),
            violations: violations
                .map(|(fault, reason)| Violation {
                    field: fault.field.clone(),
                    reason: known(reason),
                    description: fault.description.clone(),
                })
                .collect(),
            metadata: info
                .metadata
                .iter()
                .filter(|(name, _)| name.as_str() != forward::VIOLATION_REASONS)
                .map(|(name, value)| (known(name), value.clone()))
                .collect(),
            retry_after: details.retry_info().and_then(|info| info.retry_delay),
            is_answer: true,
        }
    }
}

impl CallFailed {
    /// No answer of the neighbour's own: no connection, or no time.
    fn silence(failure: &Status) -> Self {
        let is_late = failure.code() == tonic::Code::DeadlineExceeded
            || (failure.code() == tonic::Code::Cancelled && failure.message() == "Timeout expired");
        let kind = match failure.code() {
            tonic::Code::Unavailable | tonic::Code::Unknown | tonic::Code::Cancelled => {
                ErrorKind::Unavailable
            }
            code => status::kind(code).unwrap_or(ErrorKind::Internal),
        };
        let (kind, reason) = if is_late {
            (ErrorKind::DeadlineExceeded, "DEADLINE_EXCEEDED")
        } else {
            (kind, "DEPENDENCY_DOWN")
        };
        tracing::debug!(code = ?failure.code(), message = failure.message(), "a neighbour did not answer");
        Self {
            kind,
            reason,
            message: "a service behind this one does not answer".to_owned(),
            violations: Vec::new(),
            metadata: Vec::new(),
            retry_after: (kind == ErrorKind::Unavailable).then_some(Duration::from_secs(1)),
            is_answer: false,
        }
    }
}

impl ServiceError for CallFailed {
    fn kind(&self) -> ErrorKind {
        self.kind
    }

    fn reason(&self) -> &'static str {
        self.reason
    }

    fn violations(&self) -> Vec<Violation> {
        self.violations.clone()
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        self.metadata.clone()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

const MOST_WORDS: usize = 512;

/// Reasons are a small closed vocabulary: each is kept once for the life of the process.
fn known(word: &str) -> &'static str {
    static WORDS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut words = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = words.get(word) {
        return kept;
    }
    if words.len() >= MOST_WORDS {
        return "DEPENDENCY_FAILED";
    }
    let kept: &'static str = Box::leak(word.to_owned().into_boxed_str());
    words.insert(kept);
    kept
}

#[cfg(test)]
mod tests {
    use domain::{Faults, Refused};

    use super::*;
    use crate::into_status;

    fn refused() -> Refused {
        let mut faults = Faults::new();
        faults.invalid("order", "ORDER_TOO_LARGE", "is larger than 64 KiB");
        faults.invalid("key", "IDEMPOTENCY_KEY_INVALID", "is too long");
        faults.into_result().unwrap_err()
    }

    #[test]
    fn a_refusal_that_is_passed_on_keeps_the_reason_of_every_field() {
        let once = CallFailed::from(into_status(refused()));
        let twice = CallFailed::from(into_status(once.clone()));

        assert_eq!(once.violations(), refused().violations());
        assert_eq!(twice, once);
    }
}
