//! What all floors of `CreateOrder` share: the door that ours has, and no business behind it.

use std::time::Duration;

use anyhow::Context as _;
use contracts::order::order_service_server::{OrderService, OrderServiceServer};
use contracts::order::{CustomerOrder, GetOrderRequest, OrderResponse, PizzaOrder, PizzaOrderRequest};
use tokio::net::TcpListener;
use tokio_stream::Empty;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// As ours.
const STREAMS_PER_CONNECTION: u32 = 1024;
const KEEPALIVE: Duration = Duration::from_secs(20);

/// What a floor does with an order.
pub trait Step: Send + Sync + 'static {
    /// Takes it; what comes back is answered.
    fn take(&self, wanted: &PizzaOrderRequest) -> impl Future<Output = Result<PizzaOrder, Status>> + Send;
}

/// A server with nothing in it but this step.
pub async fn serve(step: impl Step) -> anyhow::Result<()> {
    let listener = listen().await?;
    server()
        .add_service(OrderServiceServer::new(Door(step)))
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await
        .context("serving")
}

/// Takes a port and says which. When the standard input ends, the program does: whoever has started it is gone.
pub async fn listen() -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("a port")?;
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        std::process::exit(0);
    });
    println!("listening {}", listener.local_addr().context("its number")?.port());
    Ok(listener)
}

/// A server as ours sets it up.
pub fn server() -> Server {
    Server::builder().max_concurrent_streams(STREAMS_PER_CONNECTION).http2_keepalive_interval(Some(KEEPALIVE))
}

struct Door<S>(S);

#[tonic::async_trait]
impl<S: Step> OrderService for Door<S> {
    async fn create_order(
        &self,
        request: Request<PizzaOrderRequest>,
    ) -> Result<Response<OrderResponse>, Status> {
        let order = self.0.take(request.get_ref()).await?;
        Ok(Response::new(OrderResponse {
            items_count: 1,
            order_id: order.id,
            display_id: order.display_id,
            status: order.status,
            slot_id: order.target_slot_id,
            total_price: order.total_price,
            final_price: order.final_price,
            branch_id: order.branch_id,
            ..OrderResponse::default()
        }))
    }

    async fn get_order(&self, _: Request<GetOrderRequest>) -> Result<Response<CustomerOrder>, Status> {
        Err(Status::unimplemented("a floor keeps no orders"))
    }

    type WatchOrderStream = Empty<Result<CustomerOrder, Status>>;

    async fn watch_order(
        &self,
        _: Request<GetOrderRequest>,
    ) -> Result<Response<Self::WatchOrderStream>, Status> {
        Err(Status::unimplemented("a floor keeps no orders"))
    }
}
