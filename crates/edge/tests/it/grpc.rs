//! What surrounds every gRPC call.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use chassis::Health;
use contracts::order::order_service_client::OrderServiceClient;
use contracts::order::order_service_server::{OrderService, OrderServiceServer};
use contracts::order::{CustomerOrder, GetOrderRequest, OrderResponse, PizzaOrderRequest};
use domain::{ErrorKind, ServiceError as _};
use edge::client::{CallFailed, Neighbour};
use edge::{ServiceIdentity, grpc};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus};
use tonic_types::StatusExt as _;

use crate::frames::Connection;
use crate::world;

type Orders = std::pin::Pin<Box<dyn Stream<Item = Result<CustomerOrder, Status>> + Send>>;

/// Answers what it knows about the call; waits when told to.
#[derive(Clone, Default)]
struct Mirror {
    begun: Arc<Notify>,
    finished: Arc<AtomicUsize>,
    /// Where the first call stands still, and its whole runtime with it.
    blocked: Arc<Mutex<Option<Arc<Barrier>>>>,
}

#[tonic::async_trait]
impl OrderService for Mirror {
    async fn create_order(
        &self,
        request: Request<PizzaOrderRequest>,
    ) -> Result<Response<OrderResponse>, Status> {
        self.begun.notify_one();
        let barrier = self.blocked.lock().unwrap().take();
        barrier.map(|barrier| barrier.wait());
        tokio::time::sleep(Duration::from_millis(request.get_ref().quantity.unsigned_abs().into())).await;
        self.finished.fetch_add(1, Ordering::SeqCst);
        let left = edge::deadline::remaining(Duration::from_mins(10));
        Ok(Response::new(OrderResponse {
            order_id: format!("{:?} {}", grpc::caller(&request).kind, grpc::caller(&request).subject),
            display_id: chassis::trace::current().map(|trace| trace.trace_id_hex()).unwrap_or_default(),
            total_price: i32::try_from(left.as_millis()).unwrap(),
            ..OrderResponse::default()
        }))
    }

    async fn get_order(&self, _: Request<GetOrderRequest>) -> Result<Response<CustomerOrder>, Status> {
        panic!("on purpose");
    }

    type WatchOrderStream = Orders;

    async fn watch_order(&self, _: Request<GetOrderRequest>) -> Result<Response<Orders>, Status> {
        let first = tokio_stream::once(Ok(CustomerOrder::default()));
        Ok(Response::new(Box::pin(tokio_stream::StreamExt::chain(first, tokio_stream::pending()))))
    }
}

struct Running {
    client: OrderServiceClient<Channel>,
    neighbour: Neighbour,
    health: Health,
    mirror: Mirror,
    stop: CancellationToken,
    server: JoinHandle<anyhow::Result<()>>,
    address: std::net::SocketAddr,
}

async fn start(concurrency: usize) -> Running {
    start_with(concurrency, Duration::from_secs(10)).await
}

async fn start_with(concurrency: usize, deadline: Duration) -> Running {
    let (listener, address) = world::port().await;
    let (mirror, health, stop) = (Mirror::default(), Health::new(), CancellationToken::new());
    let server = grpc::Server::new(world::verifier(), health.clone())
        .with_concurrency(concurrency)
        .with_deadline(deadline)
        .add_service(OrderServiceServer::new(mirror.clone()).max_decoding_message_size(grpc::MAX_MESSAGE));
    let server = tokio::spawn(server.serve(listener, stop.clone()));
    let identity = Arc::new(ServiceIdentity::new("tester", &world::secret(), false).unwrap());
    let neighbour = Neighbour::connect_lazy("MIRROR_URL", &format!("http://{address}"), 2, identity).unwrap();
    let client = OrderServiceClient::new(neighbour.channel());
    Running { client, neighbour, health, mirror, stop, server, address }
}

/// A server that has no room left while the test lasts.
async fn start_full() -> Running {
    let running = start(1).await;
    let slow = PizzaOrderRequest { quantity: 60_000, ..PizzaOrderRequest::default() };
    let mut client = running.client.clone();
    tokio::spawn(async move { client.create_order(slow).await });
    running.mirror.begun.notified().await;
    running
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

#[tokio::test]
async fn a_call_arrives_with_its_caller_trace_and_time() {
    let mut running = start(8).await;
    let anonymous = running.client.create_order(PizzaOrderRequest::default()).await.unwrap().into_inner();

    let trace = chassis::trace::TraceContext::fresh();
    let request = chassis::trace::scope(trace, async {
        running.neighbour.request(PizzaOrderRequest::default(), Duration::from_secs(2))
    })
    .await;
    let known = running.client.create_order(request).await.unwrap().into_inner();

    assert_eq!(anonymous.order_id, "Customer ");
    assert_eq!(anonymous.display_id.len(), 32);
    assert_eq!(known.order_id, "Service tester");
    assert_eq!(known.display_id, trace.trace_id_hex());
    assert!((1_000..2_000).contains(&known.total_price), "{}", known.total_price);
}

#[tokio::test]
async fn a_wrong_token_is_refused_before_the_handler() {
    let mut running = start(8).await;
    let mut request = Request::new(PizzaOrderRequest::default());
    request.metadata_mut().insert("authorization", "Bearer nonsense".parse().unwrap());

    let refused = running.client.create_order(request).await.unwrap_err();

    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unauthenticated, "NOT_SIGNED_IN"));
    assert_eq!(running.mirror.finished.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn too_many_calls_at_once_are_refused_early() {
    let running = start(1).await;
    let slow = PizzaOrderRequest { quantity: 2_000, ..PizzaOrderRequest::default() };
    let mut client = running.client.clone();
    let first = tokio::spawn(async move { client.create_order(slow).await });
    running.mirror.begun.notified().await;

    let refused = running.client.clone().create_order(PizzaOrderRequest::default()).await.unwrap_err();

    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "OVERLOADED"));
    assert!(first.await.unwrap().is_ok());
}

#[tokio::test]
async fn many_calls_given_up_at_once_do_not_end_the_connection_of_the_others() {
    let (mirror, barrier, stop) = (Mirror::default(), Arc::new(Barrier::new(2)), CancellationToken::new());
    *mirror.blocked.lock().unwrap() = Some(Arc::clone(&barrier));
    let (tell, told) = tokio::sync::oneshot::channel();
    let (handler, ending) = (mirror.clone(), stop.clone());
    let server = std::thread::spawn(move || {
        // one thread: while the first call blocks it, nothing is read
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (listener, address) = world::port().await;
            tell.send(address).unwrap();
            let server = grpc::Server::new(world::verifier(), Health::new());
            server.add_service(OrderServiceServer::new(handler)).serve(listener, ending).await
        })
    });
    let channel = Channel::from_shared(format!("http://{}", told.await.unwrap())).unwrap();
    let client = OrderServiceClient::new(channel.connect().await.unwrap());
    let mut caller = client.clone();
    let first = tokio::spawn(async move { caller.create_order(PizzaOrderRequest::default()).await });
    mirror.begun.notified().await;

    let impatient = (0..100).map(|_| {
        let mut client = client.clone();
        async move {
            let call = client.create_order(PizzaOrderRequest::default());
            tokio::time::timeout(Duration::from_millis(200), call).await.is_err()
        }
    });
    let given_up = futures_util::future::join_all(impatient).await;
    assert!(given_up.iter().all(|given_up| *given_up));
    tokio::task::spawn_blocking(move || barrier.wait()).await.unwrap();

    first.await.unwrap().unwrap();
    stop.cancel();
    tokio::task::spawn_blocking(|| server.join().unwrap()).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_before_the_message_has_come_do_not_end_the_connection() {
    let running = start_full().await;

    call_many_times(&running, "/order.OrderService/CreateOrder").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_what_is_not_there_do_not_end_the_connection() {
    let running = start(8).await;

    call_many_times(&running, "/order.OrderService/DropTables").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_late_before_their_message_has_come_do_not_end_the_connection() {
    let running = start_with(512, Duration::ZERO).await;

    call_many_times(&running, "/order.OrderService/CreateOrder").await;
}

/// h2 ends a connection on which frames of 512 KiB wait, and counts each as at least 256 bytes: of calls that are
/// answered, none may be left.
async fn call_many_times(running: &Running, path: &str) {
    let mut connection = Connection::open(running.address).await;
    let (rounds, at_once) = (200, 32);
    for round in 1..=rounds {
        let calls = connection.begin(path, at_once).await;
        connection.finish(&calls, &[0; 32]).await;
        connection.answers(round * at_once).await;
    }
}

#[tokio::test]
async fn a_refused_call_whose_message_never_comes_is_answered() {
    let running = start_full().await;
    let mut connection = Connection::open(running.address).await;

    connection.begin("/order.OrderService/CreateOrder", 1).await;

    connection.answers(1).await;
}

#[tokio::test]
async fn an_admitted_call_whose_message_never_comes_is_answered_and_gives_its_place_back() {
    let mut running = start_with(1, Duration::from_secs(2)).await;
    let mut connection = Connection::open(running.address).await;

    connection.begin("/order.OrderService/CreateOrder", 1).await;
    connection.answers(1).await;

    let place = async {
        while let Err(refused) = running.client.create_order(PizzaOrderRequest::default()).await {
            assert_eq!(reason(&refused), "OVERLOADED");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), place).await.unwrap();
    assert_eq!(running.mirror.finished.load(Ordering::SeqCst), 1, "a handler ran without a message");
}

#[tokio::test]
async fn a_call_past_its_time_is_answered_and_still_finished() {
    let mut running = start(8).await;
    let mut request = Request::new(PizzaOrderRequest { quantity: 300, ..PizzaOrderRequest::default() });
    // only the header: this client itself waits
    request.metadata_mut().insert("grpc-timeout", "100m".parse().unwrap());

    let late = running.client.create_order(request).await.unwrap_err();

    assert!(matches!(late.code(), Code::DeadlineExceeded | Code::Cancelled), "{late:?}");
    assert_eq!(CallFailed::from(late).kind(), ErrorKind::DeadlineExceeded);
    running.stop.cancel();
    running.server.await.unwrap().unwrap();
    assert_eq!(
        running.mirror.finished.load(Ordering::SeqCst),
        1,
        "the server stopped before its work was done"
    );
}

#[tokio::test]
async fn a_handler_that_panics_is_a_fault_of_ours() {
    let mut running = start(8).await;

    let failed = running.client.get_order(GetOrderRequest::default()).await.unwrap_err();

    assert_eq!((failed.code(), failed.message()), (Code::Internal, "internal error"));
}

#[tokio::test]
async fn a_message_above_the_limit_is_refused() {
    let mut running = start(8).await;
    let request = PizzaOrderRequest { notes: "n".repeat(grpc::MAX_MESSAGE), ..PizzaOrderRequest::default() };

    let refused = running.client.create_order(request).await.unwrap_err();

    assert!(matches!(refused.code(), Code::OutOfRange | Code::ResourceExhausted), "{refused:?}");
}

#[tokio::test]
async fn an_open_stream_ends_when_the_server_stops() {
    let mut running = start(8).await;
    let mut orders = running.client.watch_order(GetOrderRequest::default()).await.unwrap().into_inner();
    assert!(orders.message().await.unwrap().is_some());

    running.stop.cancel();

    assert_eq!(orders.message().await.unwrap_err().code(), Code::Unavailable);
    running.server.await.unwrap().unwrap();
}

#[tokio::test]
async fn health_follows_what_the_service_needs() {
    let running = start(8).await;
    let check = running.health.check("kafka");
    let mut health = HealthClient::new(running.neighbour.channel());
    let service = "order.OrderService".to_owned();
    let mut told = health.watch(HealthCheckRequest { service }).await.unwrap().into_inner();

    check.up();

    while told.message().await.unwrap().unwrap().status() != ServingStatus::Serving {}
    check.down("away");
    while told.message().await.unwrap().unwrap().status() != ServingStatus::NotServing {}
}

#[tokio::test]
async fn a_neighbour_that_is_not_there_is_a_failed_dependency() {
    let identity = Arc::new(ServiceIdentity::new("tester", &world::secret(), false).unwrap());
    let nobody = Neighbour::connect_lazy("NOBODY_URL", "http://127.0.0.1:1", 1, identity).unwrap();
    let request = nobody.request(GetOrderRequest::default(), Duration::from_secs(2));

    let failed = OrderServiceClient::new(nobody.channel()).get_order(request).await.unwrap_err();

    let failed = CallFailed::from(failed);
    assert_eq!(
        (failed.kind(), failed.reason(), failed.is_answer()),
        (ErrorKind::Unavailable, "DEPENDENCY_DOWN", false)
    );
}
