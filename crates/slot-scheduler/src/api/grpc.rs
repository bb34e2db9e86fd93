//! The gRPC service: decode, check who calls, call, encode.

use std::sync::Arc;

use contracts::slots::v1 as pb;
use contracts::slots::v1::slot_service_server::SlotService;
use domain::ids::BranchId;
use domain::permissions::{self, Action, Permission, Reach, Role};
use domain::slots::SlotId;
use domain::{ErrorKind, Faults, Refused};
use edge::identity::{CallerKind, Denied};
use edge::{Caller, grpc, into_status, paging};
use tonic::{Request, Response, Status};

use super::{branches, convert};
use crate::app::listing::ListSlots;
use crate::app::overrides::SlotSetting;
use crate::app::{SlotError, Slots, wire};
use crate::storage::Branch;

const MOST_SLOTS: u32 = 500;

/// Answers calls about slots.
pub struct SlotApi {
    slots: Arc<Slots>,
}

impl SlotApi {
    /// Serves these use cases.
    pub const fn new(slots: Arc<Slots>) -> Self {
        Self { slots }
    }

    fn branch(&self, id: &str) -> Result<Arc<Branch>, Status> {
        let id = convert::optional_branch(id).map_err(into_status)?;
        self.slots.branch_or_default(id).map_err(into_status)
    }

    /// The slot of an id, if the caller may change it.
    fn slot_to_change(&self, caller: &Caller, id: &str) -> Result<SlotId, Status> {
        let slot = SlotId::parse(id, self.slots.default_branch()).map_err(into_status)?;
        match caller.require(Action::EditSlots, slot.branch) {
            Ok(()) => Ok(slot),
            Err(Denied::NotGranted(permissions::Denied::Branch)) => Err(into_status(SlotError::SlotNotFound)),
            Err(denied) => Err(into_status(denied)),
        }
    }

    async fn change(
        &self,
        caller: &Caller,
        slot: SlotId,
        setting: SlotSetting,
    ) -> Result<Response<pb::Slot>, Status> {
        let view = self.slots.set_slot(slot, setting, &caller.actor()).await.map_err(into_status)?;
        Ok(Response::new(wire::slot(&view, may_see_orders(caller, slot.branch))))
    }
}

#[tonic::async_trait]
impl SlotService for SlotApi {
    async fn assign_slot(
        &self,
        request: Request<pb::AssignSlotRequest>,
    ) -> Result<Response<pb::AssignSlotResponse>, Status> {
        grpc::caller(&request).require_service().map_err(into_status)?;
        let command =
            convert::assign(request.into_inner(), self.slots.default_branch()).map_err(into_status)?;
        let branch = command.branch;
        let place = self.slots.assign(command).await.map_err(into_status)?;
        Ok(Response::new(convert::assigned(place, branch)))
    }

    async fn release_hold(
        &self,
        request: Request<pb::ReleaseHoldRequest>,
    ) -> Result<Response<pb::ReleaseHoldResponse>, Status> {
        grpc::caller(&request).require_service().map_err(into_status)?;
        let raw = request.into_inner();
        let branch = self.branch(&raw.branch_id)?.id;
        let order = raw.order_id.parse().map_err(|_| {
            let reason = "ORDER_ID_INVALID";
            into_status(Refused::one(ErrorKind::InvalidArgument, "order_id", reason, "is not a UUID"))
        })?;
        let released = self.slots.release(branch, order).await.map_err(into_status)?;
        Ok(Response::new(pb::ReleaseHoldResponse { released }))
    }

    async fn list_slots(
        &self,
        request: Request<pb::ListSlotsRequest>,
    ) -> Result<Response<pb::ListSlotsResponse>, Status> {
        let caller = grpc::caller(&request);
        let raw = request.into_inner();
        let branch = self.branch(&raw.branch_id)?.id;
        caller.require(Action::ReadSlots, branch).map_err(into_status)?;
        let mut faults = Faults::new();
        let from = convert::time(raw.from, "from", &mut faults);
        let to = convert::time(raw.to, "to", &mut faults);
        faults.into_result().map_err(into_status)?;
        let page_size = paging::page_size_or(raw.page_size, MOST_SLOTS).map_err(into_status)? as usize;
        let after = paging::position(&raw.page_token).map_err(into_status)?;
        let query = ListSlots { branch: Some(branch), from, to, after, page_size };
        let page = self.slots.list_slots(query).await.map_err(into_status)?;
        let with_orders = may_see_orders(&caller, branch);
        let slots: Vec<_> = page.slots.iter().map(|view| wire::slot(view, with_orders)).collect();
        Ok(Response::new(pb::ListSlotsResponse {
            count: i32::try_from(slots.len()).unwrap_or(i32::MAX),
            slots,
            next_page_token: page.next_after.map_or_else(String::new, |after| paging::token(&after)),
        }))
    }

    async fn get_slot_config(
        &self,
        request: Request<pb::GetSlotConfigRequest>,
    ) -> Result<Response<pb::SlotConfig>, Status> {
        let branch = self.branch(&request.get_ref().branch_id)?;
        grpc::caller(&request).require(Action::ReadSlots, branch.id).map_err(into_status)?;
        Ok(Response::new(wire::config(&branch)))
    }

    async fn update_slot_config(
        &self,
        request: Request<pb::UpdateSlotConfigRequest>,
    ) -> Result<Response<pb::SlotConfig>, Status> {
        let caller = grpc::caller(&request);
        let raw = request.into_inner();
        let branch = self.branch(&raw.branch_id)?.id;
        caller.require(Action::EditSlots, branch).map_err(into_status)?;
        let patch = convert::patch(&raw).map_err(into_status)?;
        let changed = self.slots.update_config(branch, patch, &caller.actor()).await.map_err(into_status)?;
        Ok(Response::new(wire::config(&changed)))
    }

    async fn set_slot_disabled(
        &self,
        request: Request<pb::SetSlotDisabledRequest>,
    ) -> Result<Response<pb::Slot>, Status> {
        let caller = grpc::caller(&request);
        let raw = request.into_inner();
        let slot = self.slot_to_change(&caller, &raw.slot_id)?;
        self.change(&caller, slot, SlotSetting::Disabled(raw.disabled)).await
    }

    async fn set_slot_capacity(
        &self,
        request: Request<pb::SetSlotCapacityRequest>,
    ) -> Result<Response<pb::Slot>, Status> {
        let caller = grpc::caller(&request);
        let raw = request.into_inner();
        let slot = self.slot_to_change(&caller, &raw.slot_id)?;
        let capacity = convert::capacity(&raw).map_err(into_status)?;
        self.change(&caller, slot, capacity).await
    }

    async fn list_branches(
        &self,
        request: Request<pb::ListBranchesRequest>,
    ) -> Result<Response<pb::ListBranchesResponse>, Status> {
        let caller = grpc::caller(&request);
        let seen = branches_seen(&caller).map_err(into_status)?;
        let raw = request.into_inner();
        let page_size = paging::page_size(raw.page_size).map_err(into_status)? as usize;
        let after = paging::position(&raw.page_token).map_err(into_status)?;
        let (page, is_more) = self.slots.list_branches(&seen, after, page_size);
        let last = page.last().filter(|_| is_more).map(|branch| branch.id);
        Ok(Response::new(pb::ListBranchesResponse {
            branches: page.iter().map(|branch| wire::branch(branch)).collect(),
            next_page_token: last.map_or_else(String::new, |last| paging::token(&last)),
        }))
    }

    async fn put_branch(
        &self,
        request: Request<pb::PutBranchRequest>,
    ) -> Result<Response<pb::Branch>, Status> {
        let caller = grpc::caller(&request);
        let raw = request.into_inner();
        let id: BranchId = raw.branch_id.parse().map_err(|_| {
            let reason = "BRANCH_ID_INVALID";
            into_status(Refused::one(ErrorKind::InvalidArgument, "branch_id", reason, "is not a UUID"))
        })?;
        match self.slots.branch_or_default(Some(id)) {
            Ok(_) => caller.require(Action::EditBranches, id),
            Err(SlotError::BranchNotFound) => caller.require_chain(Action::CreateBranches),
            Err(error) => return Err(into_status(error)),
        }
        .map_err(into_status)?;
        let command = branches::put(id, &raw.branch.unwrap_or_default()).map_err(into_status)?;
        let branch = self.slots.put_branch(command, &caller.actor()).await.map_err(into_status)?;
        Ok(Response::new(wire::branch(&branch)))
    }
}

/// Which orders are in a slot is for managers and cashiers.
fn may_see_orders(caller: &Caller, branch: BranchId) -> bool {
    let roles = caller.grants.roles_at(branch);
    roles.iter().any(|role| role.is_manager_or_above() || *role == Role::Cashier)
}

/// The branches whose slots the caller may see.
fn branches_seen(caller: &Caller) -> Result<Reach, Denied> {
    match caller.kind {
        CallerKind::Service => Ok(Reach::Everywhere),
        CallerKind::Customer if caller.is_anonymous() => Err(Denied::NotSignedIn),
        CallerKind::Customer | CallerKind::Staff | CallerKind::Device => {
            let reach = caller.grants.reach(Action::ReadSlots, Permission::Granted);
            let is_nowhere = matches!(&reach, Reach::Branches(branches) if branches.is_empty());
            if is_nowhere { Err(permissions::Denied::Role.into()) } else { Ok(reach) }
        }
    }
}
