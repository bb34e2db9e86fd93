//! The inner door of F1h and F2: the call that ours makes to slot-scheduler, with only the lean script behind it.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use anyhow::{Context as _, bail};
use contracts::slots::v1::{AssignSlotRequest, AssignSlotResponse};
use futures_util::future::BoxFuture;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tower::Service;

use super::f1::LeanSlots;
use super::order_door::{listen, server};

/// `floor slots REDIS`
pub async fn run(arguments: &[String]) -> anyhow::Result<()> {
    let [redis] = arguments else { bail!("slots REDIS") };
    let door = SlotDoor(Arc::new(LeanSlots::open(redis)?));
    let listener = listen().await?;
    server()
        .add_service(door)
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await
        .context("serving")
}

/// The service by its name, with its one call for every path.
#[derive(Clone)]
struct SlotDoor(Arc<LeanSlots>);

impl NamedService for SlotDoor {
    const NAME: &'static str = "pizzeria.slots.v1.SlotService";
}

impl Service<http::Request<Body>> for SlotDoor {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let call = Assign(Arc::clone(&self.0));
        Box::pin(async move { Ok(Grpc::new(ProstCodec::default()).unary(call, request).await) })
    }
}

struct Assign(Arc<LeanSlots>);

impl UnaryService<AssignSlotRequest> for Assign {
    type Response = AssignSlotResponse;
    type Future = BoxFuture<'static, Result<Response<AssignSlotResponse>, Status>>;

    fn call(&mut self, request: Request<AssignSlotRequest>) -> Self::Future {
        let slots = Arc::clone(&self.0);
        Box::pin(async move {
            let AssignSlotRequest { order_id, order, .. } = request.into_inner();
            slots.hold(&order_id, &order).await?;
            Ok(Response::new(AssignSlotResponse {
                order_id,
                slot_id: "a-slot".to_owned(),
                business_date: "2026-02-01".to_owned(),
                display_number: 42,
                display_id: "0042".to_owned(),
                ..AssignSlotResponse::default()
            }))
        })
    }
}
