//! One trace id follows an order from gRPC through Kafka to the frame.

use std::time::Duration;

use contracts::order::order_service_client::OrderServiceClient;
use testkit::{BRANCH_MAIN, System, Tablet, eventually};

use crate::customers::pizza;

const SOON: Duration = Duration::from_secs(20);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_id_of_a_call_is_in_every_log_and_in_the_frame() {
    let system = System::start().await;
    let manager = system.keys.token("manager", BRANCH_MAIN);
    let mut screen = Tablet::connect(&system.dashboard_url(), &manager).await;
    screen.until(SOON, |frame| frame["type"] == "snapshot").await;

    let mut client = OrderServiceClient::connect(system.grpc("order-gateway")).await.unwrap();
    let mut request = tonic::Request::new(pizza("Маргарита", 1));
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    request.metadata_mut().insert("traceparent", parent.parse().unwrap());
    client.create_order(request).await.unwrap();

    let frame = screen.until(SOON, |frame| frame["type"] == "order:created").await;
    assert!(frame.to_string().contains(TRACE), "{frame}");
    for service in ["order-gateway", "slot-scheduler", "order-consumer"] {
        eventually(&format!("{service} logs the trace id"), SOON, async || {
            system.log(service).contains(TRACE)
        })
        .await;
    }
}
