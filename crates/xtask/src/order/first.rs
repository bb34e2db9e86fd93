//! The first order of a fresh pizzeria: placed by gRPC, seen on a tablet, cooked until it is ready.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tonic::{Request, transport::Endpoint};

use chassis::{Clock as _, SystemClock};
use contracts::{
    order::{OrderResponse, PizzaOrderRequest, order_service_client::OrderServiceClient},
    pizzeria::orders::v1::{UpdateOrderStatusRequest, order_book_service_client::OrderBookServiceClient},
};
use domain::ids::BranchId;

use super::{
    socket::{Frame, Socket},
    watch::{OFFICE, TABLET, open},
};
use crate::{arguments::Arguments, settings::Settings, token};

const PRODUCT: &str = "Маргарита";
const KITCHEN_STEPS: [&str; 3] = ["preparing", "cooking", "ready"];
const PATIENCE: Duration = Duration::from_secs(15);

/// Places an order and follows it; prints what a person would want to see, with times.
pub async fn run(settings: &Settings, words: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let arguments = Arguments::parse(words, &[], &["product", "branch", "later"])?;
    let branch = arguments.one("branch")?.unwrap_or(BranchId::MAIN);
    let product = arguments.one("product")?.unwrap_or_else(|| PRODUCT.to_owned());
    let later = arguments.one("later")?.map(TimeDelta::hours);

    // both sockets before the order: what they show is live, not a snapshot
    let mut tablet = open(settings, TABLET, "cook", &[branch]).await?;
    let mut office = open(settings, OFFICE, "manager", &[branch]).await?;
    let asked = Instant::now();
    let order = place(settings, branch, &product, later).await?;
    println!(
        "placed by gRPC      {:>8}  order {} ({product}, {} roubles), id {}",
        since(asked, Instant::now()),
        order.display_id,
        order.final_price,
        order.order_id,
    );

    let created =
        |frame: &Frame| frame.kind() == "order:created" && frame.order("id") == Some(order.order_id.as_str());
    if hidden(&order) {
        let frame = office.wait(PATIENCE, created).await.context("the order never reached the office")?;
        println!("on the office page  {:>8}  its frame:", since(asked, frame.at));
        print_frame(&frame)?;
        println!("the tablets will show it when its time comes; a manager starts it now");
        start_early(settings, &order, branch).await?;
        return cook(&mut office, &order, None, asked).await;
    }
    let frame = tablet.wait(PATIENCE, created).await.context("the order never reached the tablet")?;
    println!("on the tablet       {:>8}  its frame:", since(asked, frame.at));
    print_frame(&frame)?;
    let version = frame.data().get("order").and_then(|order| order.get("version")).and_then(Value::as_i64);
    cook(&mut tablet, &order, version, asked).await
}

async fn place(
    settings: &Settings,
    branch: BranchId,
    product: &str,
    later: Option<TimeDelta>,
) -> anyhow::Result<OrderResponse> {
    let url = settings.need("GATEWAY_GRPC_URL")?;
    let channel = Endpoint::from_shared(url.to_owned())?.connect().await.with_context(|| url.to_owned())?;
    let mut request = Request::new(PizzaOrderRequest {
        pizza_name: product.to_owned(),
        quantity: 1,
        customer_first_name: "Анна".to_owned(),
        customer_phone: "+7 900 000-00-01".to_owned(),
        is_pickup: true,
        pickup_location_id: branch.to_string(),
        branch_id: branch.to_string(),
        preferred_time: later.map(|later| (SystemClock.now() + later).into()),
        ..PizzaOrderRequest::default()
    });
    request.set_timeout(Duration::from_secs(5));
    request.metadata_mut().insert("idempotency-key", token::new_id().to_string().parse()?);
    let answer = OrderServiceClient::new(channel).create_order(request).await;
    Ok(answer.context("the gateway refused the order")?.into_inner())
}

/// Whether the kitchen cannot see the order yet: it is for later, or the branch is closed.
fn hidden(order: &OrderResponse) -> bool {
    let Some(visible) = &order.visible_at else { return false };
    visible.seconds > SystemClock.now().timestamp().saturating_add(5)
}

/// A manager may start an order before its time.
async fn start_early(settings: &Settings, order: &OrderResponse, branch: BranchId) -> anyhow::Result<()> {
    let token = token::mint(settings, None, vec![token::grant("manager", &[branch])?], 1)?;
    let url = settings.need("ORDER_CONSUMER_URL")?;
    let channel = Endpoint::from_shared(url.to_owned())?.connect().await.with_context(|| url.to_owned())?;
    let mut request = Request::new(UpdateOrderStatusRequest {
        order_id: order.order_id.clone(),
        status: "preparing".to_owned(),
        early: true,
        ..UpdateOrderStatusRequest::default()
    });
    request.set_timeout(Duration::from_secs(5));
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse()?);
    OrderBookServiceClient::new(channel).update_order_status(request).await?;
    Ok(())
}

/// Moves the order to `ready` by commands on the socket.
async fn cook(
    socket: &mut Socket,
    order: &OrderResponse,
    mut version: Option<i64>,
    placed: Instant,
) -> anyhow::Result<()> {
    for status in KITCHEN_STEPS {
        let asked = Instant::now();
        let mut data = json!({"order_id": order.order_id, "status": status});
        if let (Some(version), Some(fields)) = (version, data.as_object_mut()) {
            fields.insert("expected_version".to_owned(), version.into());
        }
        let answer = socket.command("order:status:update", data).await?;
        version = answer.data().get("version").and_then(Value::as_i64);
        println!("{status:<10} accepted {:>8}", since(asked, answer.at));
    }
    println!("ready               {:>8}  after it was placed", since(placed, Instant::now()));
    Ok(())
}

fn print_frame(frame: &Frame) -> anyhow::Result<()> {
    for line in serde_json::to_string_pretty(&frame.body)?.lines() {
        println!("    {line}");
    }
    Ok(())
}

fn since(start: Instant, end: Instant) -> String {
    format!("{:.1} ms", end.saturating_duration_since(start).as_secs_f64() * 1000.0)
}
