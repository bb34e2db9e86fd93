//! gRPC servers: identity, trace, deadline and load limit around every call; health and reflection beside them.

mod body;
mod guard;
mod methods;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chassis::Health;
use chassis::trace::TraceContext;
use http::Request as HttpRequest;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::RoutesBuilder;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Status};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tower::Service;

use crate::identity::{Caller, Verifier};
use crate::status;
use guard::Guard;

/// Largest request message that services take, unless they say otherwise.
pub const MAX_MESSAGE: usize = 64 * 1024;

const CONCURRENCY: usize = 512;
const STREAMS_PER_CONNECTION: u32 = 1024;
/// A client may give all its calls up at once, as when they are late. With the usual 20 the connection would end for
/// it, and with it the calls that other clients make through the same proxy.
const RESETS_PER_CONNECTION: usize = STREAMS_PER_CONNECTION as usize;
const DEADLINE: Duration = Duration::from_secs(10);
const KEEPALIVE: Duration = Duration::from_secs(20);
const FINISH: Duration = Duration::from_secs(15);
const HEALTH_BEAT: Duration = Duration::from_millis(250);

/// A gRPC server under construction.
pub struct Server {
    routes: RoutesBuilder,
    names: Vec<&'static str>,
    verifier: Arc<Verifier>,
    health: Health,
    concurrency: usize,
    deadline: Duration,
}

impl Server {
    /// A server without services.
    pub fn new(verifier: Arc<Verifier>, health: Health) -> Self {
        Self {
            routes: RoutesBuilder::default(),
            names: Vec::new(),
            verifier,
            health,
            concurrency: CONCURRENCY,
            deadline: DEADLINE,
        }
    }

    /// How many calls may be in work at once; more are refused with `OVERLOADED`.
    #[must_use]
    pub const fn with_concurrency(mut self, calls: usize) -> Self {
        self.concurrency = calls;
        self
    }

    /// How long a call may take whose client sets no deadline.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Adds a service. Give it `max_decoding_message_size(MAX_MESSAGE)` before.
    #[must_use]
    pub fn add_service<S>(mut self, service: S) -> Self
    where
        S: Service<HttpRequest<Body>, Response = http::Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.names.push(S::NAME);
        self.routes.add_service(service);
        self
    }

    /// Serves until `stop`, then finishes what is in work.
    pub async fn serve(mut self, listener: TcpListener, stop: CancellationToken) -> anyhow::Result<()> {
        let (reporter, health) = tonic_health::server::health_reporter();
        self.routes.add_service(health);
        self.add_reflection()?;
        let guard = Guard::new(self.verifier, self.concurrency, self.deadline, stop.clone());
        let calls = guard.calls();
        let server = tonic::transport::Server::builder()
            .max_concurrent_streams(STREAMS_PER_CONNECTION)
            .http2_max_pending_accept_reset_streams(Some(RESETS_PER_CONNECTION))
            .http2_keepalive_interval(Some(KEEPALIVE))
            .layer(guard)
            .add_routes(self.routes.routes())
            .serve_with_incoming_shutdown(
                TcpIncoming::from(listener).with_nodelay(Some(true)),
                stop.clone().cancelled_owned(),
            );
        let is_ready = self.health.is_ready();
        tell_health(&reporter, &self.names, is_ready).await;
        let reporting = tokio::spawn(report_health(reporter, self.health, self.names, is_ready));
        let closing = async {
            stop.cancelled().await;
            tokio::time::sleep(FINISH).await;
        };
        let ended = tokio::select! {
            ended = server => ended.context("serving gRPC"),
            () = closing => Ok(()),
        };
        reporting.abort();
        // calls whose client has gone are still being finished
        calls.close();
        let _ = tokio::time::timeout(FINISH, calls.wait()).await;
        ended
    }

    /// Both versions: `grpcurl` still asks the old one.
    fn add_reflection(&mut self) -> anyhow::Result<()> {
        let describe = || {
            let builder = tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(contracts::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
                .with_service_name("grpc.health.v1.Health")
                .with_service_name("grpc.reflection.v1.ServerReflection");
            self.names.iter().fold(builder, |builder, name| builder.with_service_name(*name))
        };
        let v1 = describe().build_v1().context("describing the services")?;
        let v1alpha = describe().build_v1alpha().context("describing the services")?;
        self.routes.add_service(v1);
        self.routes.add_service(v1alpha);
        Ok(())
    }
}

/// Who makes this call.
pub fn caller<T>(request: &Request<T>) -> Caller {
    request.extensions().get::<Caller>().cloned().unwrap_or_else(Caller::anonymous)
}

/// The trace this call belongs to.
pub fn trace<T>(request: &Request<T>) -> TraceContext {
    request.extensions().get::<TraceContext>().copied().unwrap_or_else(chassis::trace::current_or_fresh)
}

/// The idempotency key of a write, see [`crate::keys::key`].
pub fn key<T>(request: &Request<T>, field: &str) -> Result<Option<String>, Status> {
    crate::keys::key(request.metadata().as_ref(), field).map_err(status::into_status)
}

async fn report_health(reporter: HealthReporter, health: Health, names: Vec<&'static str>, mut told: bool) {
    let mut beat = tokio::time::interval(HEALTH_BEAT);
    loop {
        beat.tick().await;
        if health.is_ready() != told {
            told = !told;
            tell_health(&reporter, &names, told).await;
        }
    }
}

async fn tell_health(reporter: &HealthReporter, names: &[&'static str], is_ready: bool) {
    let status = if is_ready { ServingStatus::Serving } else { ServingStatus::NotServing };
    for name in names.iter().copied().chain([""]) {
        reporter.set_service_status(name, status).await;
    }
}
