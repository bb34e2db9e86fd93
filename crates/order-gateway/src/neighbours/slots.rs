//! slot-scheduler.

use std::time::Duration;

use chassis::failpoint;
use chrono::{DateTime, Utc};
use contracts::record::GivenSlot;
use contracts::slots::v1::slot_service_client::SlotServiceClient;
use contracts::slots::v1::{AssignSlotRequest, AssignSlotResponse, ReleaseHoldRequest};
use contracts::timestamp::Timestamp;
use domain::ids::{BranchId, OrderId};
use edge::client::{CallFailed, Neighbour};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tonic::Status;

use crate::app::ports::{SlotGiven, SlotWanted, Slots};

const RELEASE: Duration = Duration::from_secs(2);

/// Asks slot-scheduler.
pub struct SlotScheduler(pub Neighbour);

impl Slots for SlotScheduler {
    fn assign(&self, wanted: SlotWanted, at_most: Duration) -> BoxFuture<'_, Result<SlotGiven, CallFailed>> {
        let request = self.0.request(request(wanted), at_most);
        async move {
            failpoint!("order_gateway::before_assign", Status::unavailable("failpoint").into());
            let mut client = SlotServiceClient::new(self.0.channel());
            let answer = client.assign_slot(request).await?.into_inner();
            failpoint!("order_gateway::after_assign", Status::unavailable("failpoint").into());
            Ok(given(answer)?)
        }
        .boxed()
    }

    fn release(&self, branch: BranchId, order_id: OrderId) -> BoxFuture<'_, Result<(), CallFailed>> {
        let request = ReleaseHoldRequest { branch_id: branch.to_string(), order_id: order_id.to_string() };
        let request = self.0.request(request, RELEASE);
        async move {
            SlotServiceClient::new(self.0.channel()).release_hold(request).await?;
            Ok(())
        }
        .boxed()
    }
}

fn request(wanted: SlotWanted) -> AssignSlotRequest {
    AssignSlotRequest {
        branch_id: wanted.branch.to_string(),
        order_id: wanted.order_id.to_string(),
        need: Some((&wanted.need).into()),
        preferred: Some(wanted.not_before.into()),
        required_slot_id: String::new(),
        key_scope: wanted.idempotency.scope,
        key: wanted.idempotency.key,
        fingerprint: wanted.idempotency.fingerprint,
        order: wanted.record,
        recall: wanted.is_recall,
    }
}
fn given(answer: AssignSlotResponse) -> Result<SlotGiven, Status> {
    Ok(SlotGiven {
        slot: GivenSlot {
            slot_id: answer.slot_id,
            start: instant(answer.slot_start)?,
            end: instant(answer.slot_end)?,
            visible_at: instant(answer.visible_at)?,
            business_date: answer.business_date,
            display_number: answer.display_number,
            display_id: answer.display_id,
        },
        first_record: answer.replayed.then_some(answer.order),
        is_confirmed: answer.confirmed,
    })
}

fn instant(wire: Option<Timestamp>) -> Result<DateTime<Utc>, Status> {
    let at = wire.and_then(|at| at.try_into().ok());
    at.ok_or_else(|| Status::internal("a slot without its times"))
}
