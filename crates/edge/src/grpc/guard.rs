//! What surrounds every call: identity, trace, deadline, load limit, metrics.
//!
//! A call that was begun is finished, also when its client hangs up or its time is over: it runs in a task of its
//! own, so no handler is ever dropped in the middle of a transaction. Its place is taken until it has ended; what
//! ends by itself is the wait for a message that does not come, before a handler has begun.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use chassis::trace::{self, TraceContext};
use domain::{ErrorKind, ServiceError};
use http::{HeaderMap, Request, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::Code;
use tonic::body::Body;
use tower::{Layer, Service};
use tracing::Instrument as _;

use super::body::{InTime, UntilStop, take_rest};
use super::methods::{Method, Methods};
use crate::identity::Verifier;
use crate::{deadline, status};

const LONGEST: Duration = Duration::from_mins(1);

/// The layer around all services of a server.
#[derive(Clone)]
pub(super) struct Guard(Arc<Shared>);

struct Shared {
    verifier: Arc<Verifier>,
    methods: Methods,
    room: Arc<Semaphore>,
    /// What is answered when there is no room: made once, because it is said most when there is least time.
    overloaded: HeaderMap,
    deadline: Duration,
    stop: CancellationToken,
    calls: TaskTracker,
}

/// A service with the guard around it.
#[derive(Clone)]
pub(super) struct Guarded<S> {
    inner: S,
    guard: Arc<Shared>,
}

/// Why a call ended without an answer of its handler.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("too much to do at the moment")]
    Overloaded,
    #[error("the time for this call is over")]
    TooLate,
    #[error("the handler panicked")]
    Panicked,
}

impl Guard {
    pub(super) fn new(
        verifier: Arc<Verifier>,
        concurrency: usize,
        deadline: Duration,
        stop: CancellationToken,
    ) -> Self {
        let room = Arc::new(Semaphore::new(concurrency));
        let (methods, calls) = (Methods::new(contracts::DESCRIPTORS), TaskTracker::new());
        let overloaded = refusal(Unanswered::Overloaded).into_parts().0.headers;
        Self(Arc::new(Shared { verifier, methods, room, overloaded, deadline, stop, calls }))
    }

    /// The calls in work.
    pub(super) fn calls(&self) -> TaskTracker {
        self.0.calls.clone()
    }
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, guard: Arc::clone(&self.0) }
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl<S> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        let waiting = self.inner.clone();
        // the one that was polled ready
        let mut inner = std::mem::replace(&mut self.inner, waiting);
        let guard = Arc::clone(&self.guard);
        Box::pin(async move {
            let answer = match guard.methods.find(request.uri().path()) {
                Method::Infrastructure => inner.call(request).await?,
                Method::Ours(names) => guard.measured(inner, request, &names.service, &names.method).await,
                Method::Unknown => {
                    let (head, message) = request.into_parts();
                    take_rest(message).await;
                    let request = Request::from_parts(head, Body::empty());
                    guard.measured(inner, request, &"unknown".into(), &"unknown".into()).await
                }
            };
            let stop = guard.stop.clone();
            Ok(answer.map(|body| Body::new(UntilStop::new(body, stop))))
        })
    }
}

impl Shared {
    async fn measured<S>(
        &self,
        inner: S,
        request: Request<Body>,
        service: &Arc<str>,
        method: &Arc<str>,
    ) -> Response<Body>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Send + 'static,
        S::Future: Send,
    {
        let Ok(place) = Arc::clone(&self.room).try_acquire_owned() else {
            let mut answer = Response::new(Body::default());
            self.overloaded.clone_into(answer.headers_mut());
            count(service, method, answer.headers());
            take_rest(request.into_body()).await;
            return answer;
        };
        let started = Instant::now();
        let trace = trace_of(request.headers());
        let span = tracing::info_span!(
            "rpc",
            rpc.service = %service,
            rpc.method = %method,
            trace_id = %trace.trace_id_hex()
        );
        let answer = trace::scope(trace, self.answer(inner, request, trace, place).instrument(span)).await;
        let labels = [("service", Arc::clone(service)), ("method", Arc::clone(method))];
        metrics::histogram!("rpc_server_duration_seconds", &labels).record(started.elapsed().as_secs_f64());
        count(service, method, answer.headers());
        answer
    }

    async fn answer<S>(
        &self,
        mut inner: S,
        mut request: Request<Body>,
        trace: TraceContext,
        place: OwnedSemaphorePermit,
    ) -> Response<Body>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Send + 'static,
        S::Future: Send,
    {
        let caller = match self.verifier.caller(request.headers()) {
            Ok(caller) => caller,
            Err(refused) => {
                drop(place);
                take_rest(request.into_body()).await;
                return refusal(refused);
            }
        };
        let deadline = Instant::now() + self.time_for(request.headers());
        request.extensions_mut().insert(caller);
        request.extensions_mut().insert(trace);
        let late = || status::into_status(Unanswered::TooLate);
        let request = request.map(|message| Body::new(InTime::new(message, deadline, late)));
        let work = trace::scope(trace, deadline::scope(deadline, inner.call(request)));
        let task = self.calls.spawn(
            async move {
                let _place = place;
                work.await
            }
            .in_current_span(),
        );
        match tokio::time::timeout_at(deadline, task).await {
            Ok(Ok(Ok(answer))) => answer,
            Ok(Ok(Err(never))) => match never {},
            Ok(Err(_)) => refusal(Unanswered::Panicked),
            Err(_) => refusal(Unanswered::TooLate),
        }
    }

    fn time_for(&self, headers: &HeaderMap) -> Duration {
        let asked = headers.get("grpc-timeout").and_then(|value| deadline::parse(value.to_str().ok()?));
        asked.unwrap_or(self.deadline).min(LONGEST)
    }
}

fn trace_of(headers: &HeaderMap) -> TraceContext {
    let header =
        headers.get(TraceContext::HEADER).and_then(|value| TraceContext::parse(value.to_str().ok()?));
    header.map_or_else(TraceContext::fresh, |parent| parent.child())
}

fn count(service: &Arc<str>, method: &Arc<str>, headers: &HeaderMap) {
    metrics::counter!(
        "rpc_server_requests_total",
        "service" => Arc::clone(service),
        "method" => Arc::clone(method),
        "code" => code_of(headers)
    )
    .increment(1);
}

fn refusal<E: ServiceError>(error: E) -> Response<Body> {
    status::into_status(error).into_http()
}

/// A status in the headers is an answer without a message; success comes in the trailers, after the message.
fn code_of(headers: &HeaderMap) -> &'static str {
    let code = headers.get("grpc-status").map_or(Code::Ok, |value| Code::from_bytes(value.as_bytes()));
    status::code_name(code)
}

impl ServiceError for Unanswered {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Overloaded => ErrorKind::ResourceExhausted,
            Self::TooLate => ErrorKind::DeadlineExceeded,
            Self::Panicked => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Overloaded => "OVERLOADED",
            Self::TooLate => "DEADLINE_EXCEEDED",
            Self::Panicked => "INTERNAL",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::Overloaded).then_some(Duration::from_secs(1))
    }
}
