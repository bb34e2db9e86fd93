//! A slot-scheduler that always has room, remembers keys, and can be slow.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use contracts::slots::v1 as wire;
use contracts::slots::v1::slot_service_server::SlotService;
use contracts::timestamp::Timestamp;
use domain::{ErrorKind, Refused};
use edge::{grpc, into_status};
use tonic::{Request, Response, Status};

/// 2026-02-01T10:45:00Z.
const SLOT_START: i64 = 1_769_942_700;

#[derive(Clone, Default)]
pub struct Kitchen {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    delay: Duration,
    /// Calls that have come, also those that still wait for their answer.
    arrived: usize,
    number: i64,
    first: HashMap<String, (Vec<u8>, wire::AssignSlotResponse)>,
    wanted: Vec<wire::AssignSlotRequest>,
    released: Vec<String>,
}

impl Kitchen {
    pub fn slow_down(&self, delay: Duration) {
        self.state().delay = delay;
    }

    pub fn arrived(&self) -> usize {
        self.state().arrived
    }

    /// Says of every hold that its order was read from the log.
    pub fn confirm_all(&self) {
        for (_, answer) in self.state().first.values_mut() {
            answer.confirmed = true;
        }
    }

    pub fn wanted(&self) -> Vec<wire::AssignSlotRequest> {
        self.state().wanted.clone()
    }

    pub fn released(&self) -> Vec<String> {
        self.state().released.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn assign(&self, wanted: wire::AssignSlotRequest) -> Result<wire::AssignSlotResponse, Refused> {
        let mut state = self.state();
        state.wanted.push(wanted.clone());
        let name = if wanted.key.is_empty() {
            wanted.order_id.clone()
        } else {
            format!("{} {}", wanted.key_scope, wanted.key)
        };
        if let Some((fingerprint, answer)) = state.first.get(&name) {
            if *fingerprint != wanted.fingerprint {
                return Err(reused());
            }
            return Ok(wire::AssignSlotResponse { replayed: true, ..answer.clone() });
        }
        state.number += 1;
        let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
        let answer = wire::AssignSlotResponse {
            order_id: wanted.order_id,
            slot_id: format!("slot:{}:{SLOT_START}", wanted.branch_id),
            slot_start: at(SLOT_START),
            slot_end: at(SLOT_START + 900),
            visible_at: at(SLOT_START - 1800),
            business_date: "2026-02-01".to_owned(),
            display_number: state.number,
            display_id: format!("{:04}", state.number),
            replayed: false,
            confirmed: false,
            order: wanted.order,
        };
        state.first.insert(name, (wanted.fingerprint, answer.clone()));
        Ok(wire::AssignSlotResponse { order: Vec::new(), ..answer })
    }
}

fn reused() -> Refused {
    let text = "was used for another request";
    Refused::one(ErrorKind::AlreadyExists, "idempotency_key", "IDEMPOTENCY_KEY_REUSED", text)
}

#[tonic::async_trait]
impl SlotService for Kitchen {
    async fn assign_slot(
        &self,
        request: Request<wire::AssignSlotRequest>,
    ) -> Result<Response<wire::AssignSlotResponse>, Status> {
        grpc::caller(&request).require_service().map_err(into_status)?;
        let delay = {
            let mut state = self.state();
            state.arrived += 1;
            state.delay
        };
        tokio::time::sleep(delay).await;
        self.assign(request.into_inner()).map(Response::new).map_err(into_status)
    }

    async fn release_hold(
        &self,
        request: Request<wire::ReleaseHoldRequest>,
    ) -> Result<Response<wire::ReleaseHoldResponse>, Status> {
        grpc::caller(&request).require_service().map_err(into_status)?;
        self.state().released.push(request.into_inner().order_id);
        Ok(Response::new(wire::ReleaseHoldResponse { released: true }))
    }

    async fn list_slots(
        &self,
        request: Request<wire::ListSlotsRequest>,
    ) -> Result<Response<wire::ListSlotsResponse>, Status> {
        let caller = grpc::caller(&request);
        caller.require_somewhere(domain::permissions::Action::ReadSlots).map_err(into_status)?;
        Ok(Response::new(wire::ListSlotsResponse { count: 0, ..wire::ListSlotsResponse::default() }))
    }

    async fn set_slot_disabled(
        &self,
        request: Request<wire::SetSlotDisabledRequest>,
    ) -> Result<Response<wire::Slot>, Status> {
        let request = request.into_inner();
        Ok(Response::new(wire::Slot {
            slot_id: request.slot_id,
            disabled: request.disabled,
            ..wire::Slot::default()
        }))
    }

    elsewhere! {
        get_slot_config(wire::GetSlotConfigRequest) -> wire::SlotConfig;
        update_slot_config(wire::UpdateSlotConfigRequest) -> wire::SlotConfig;
        set_slot_capacity(wire::SetSlotCapacityRequest) -> wire::Slot;
        list_branches(wire::ListBranchesRequest) -> wire::ListBranchesResponse;
        put_branch(wire::PutBranchRequest) -> wire::Branch;
    }
}
