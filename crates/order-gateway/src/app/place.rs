//! Placing an order: check, price, then commit. The same for mobile, shop and office.

use std::sync::Arc;

use chassis::failpoint;
use chrono::TimeDelta;
use contracts::record::{self, IdempotencyRecord, LARGEST_DRAFT};
use domain::channel::Channel;
use domain::ids::{BranchId, ItemId, OrderId};
use domain::menu::Menu;
use domain::orders::fingerprint::fingerprint;
use domain::orders::price::{branch_of, price};
use domain::orders::request::PlaceOrder;
use domain::permissions::Action;
use domain::slots::Need;
use domain::{ErrorKind, Refused, ServiceError as _};
use edge::Caller;
use prost::Message as _;
use tokio::sync::OwnedSemaphorePermit;

use super::commit::Commit;
use super::ports::SlotWanted;
use super::{App, PlaceError, Placed};

/// No branch takes orders further ahead; how far each one does, the slot service knows.
const FARTHEST: TimeDelta = TimeDelta::days(30);

/// An order that somebody wants to place.
#[derive(Clone, Debug)]
pub struct Placement {
    /// What is asked for.
    pub request: PlaceOrder,
    /// By which a repeat is recognised.
    pub key: Option<String>,
    /// Who asks.
    pub caller: Caller,
}

/// A request that would be refused, unless it repeats one that was accepted.
struct Repeated<'a> {
    request: &'a PlaceOrder,
    key: Option<String>,
    caller: &'a Caller,
    menu: &'a Menu,
}

impl App {
    /// Places an order; the answer comes when the log has it for good.
    pub async fn place(&self, placement: Placement) -> Result<Placed, PlaceError> {
        let channel = placement.request.channel;
        let outcome = self.priced_and_committed(placement).await;
        let word = match &outcome {
            Ok(placed) if placed.replayed => "replayed",
            Ok(_) => "placed",
            Err(error) => error.reason(),
        };
        metrics::counter!("orders_placed_total", "channel" => channel.as_str(), "outcome" => word)
            .increment(1);
        outcome
    }

    async fn priced_and_committed(&self, placement: Placement) -> Result<Placed, PlaceError> {
        // asked for first: what has no place costs nothing more
        let place = Arc::clone(&self.placing).try_acquire_owned().map_err(|_| PlaceError::Overloaded)?;
        let Placement { request, key, caller } = placement;
        let is_office = matches!(request.channel, Channel::Office | Channel::Phone);
        if is_office {
            caller.require_somewhere(Action::PlaceForCustomer)?;
        }
        let menu = self.menu.get().ok_or(PlaceError::MenuNotLoaded)?;
        let now = self.clock.now();
        let priced = match price(&request, &menu, now, FARTHEST) {
            Ok(priced) => priced,
            Err(refused) => {
                let first = Repeated { request: &request, key, caller: &caller, menu: &menu };
                return self.first_answer(first, refused, place).await;
            }
        };
        if is_office {
            caller.require(Action::PlaceForCustomer, priced.branch)?;
        }
        let order_id = OrderId::from_uuid(self.ids.new_v7(now));
        let item_id = |_| ItemId::from_uuid(self.ids.new_v7(now));
        let idempotency = idempotency(&request, key.clone(), priced.branch, &caller);
        let draft = record::draft(order_id, &priced, item_id, &caller.subject, idempotency.clone());
        let bytes = draft.encode_to_vec();
        if bytes.len() > LARGEST_DRAFT {
            let first = Repeated { request: &request, key, caller: &caller, menu: &menu };
            return self.first_answer(first, too_large(&request, bytes.len()), place).await;
        }
        let wanted = SlotWanted {
            branch: priced.branch,
            order_id,
            need: priced.need,
            not_before: priced.not_before,
            idempotency,
            record: bytes,
            is_recall: false,
        };
        self.committed(Commit { ports: Arc::clone(&self.ports), wanted, draft: Some(draft) }, place).await
    }

    /// Finishes what may write to the log, whatever the caller does meanwhile.
    pub(super) async fn committed(
        &self,
        commit: Commit,
        place: OwnedSemaphorePermit,
    ) -> Result<Placed, PlaceError> {
        let work = async move {
            let outcome = commit.run().await;
            failpoint!(
                "order_gateway::before_answer",
                PlaceError::LogDown(super::ports::NotCommitted::InDoubt("failpoint".into()))
            );
            outcome
        };
        self.work.finish(work, place).await.unwrap_or(Err(PlaceError::Interrupted))
    }

    /// What was accepted stays accepted: a repeat gets the first answer, also when the menu has changed since.
    async fn first_answer(
        &self,
        Repeated { request, key, caller, menu }: Repeated<'_>,
        refused: Refused,
        place: OwnedSemaphorePermit,
    ) -> Result<Placed, PlaceError> {
        let (Some(branch), true) = (branch_of(request, menu), key.is_some()) else {
            return Err(refused.into());
        };
        let now = self.clock.now();
        let wanted = SlotWanted {
            branch,
            order_id: OrderId::from_uuid(self.ids.new_v7(now)),
            need: Need::ZERO,
            not_before: now,
            idempotency: idempotency(request, key, branch, caller),
            record: Vec::new(),
            is_recall: true,
        };
        match self.committed(Commit { ports: Arc::clone(&self.ports), wanted, draft: None }, place).await {
            Err(PlaceError::NoSlot(answer)) if answer.kind() == ErrorKind::FailedPrecondition => {
                Err(refused.into())
            }
            outcome => outcome,
        }
    }
}

/// Few lines can be long: what is on each item is written out.
fn too_large(request: &PlaceOrder, bytes: usize) -> Refused {
    let text = format!("take {bytes} bytes when they are written out, more than {LARGEST_DRAFT}");
    Refused::one(ErrorKind::InvalidArgument, request.list_field(), "ORDER_TOO_LARGE", text)
}

/// gRPC and REST share the keys of a caller; all anonymous callers of a branch are one caller.
fn idempotency(
    request: &PlaceOrder,
    key: Option<String>,
    branch: BranchId,
    caller: &Caller,
) -> IdempotencyRecord {
    let Some(key) = key else { return IdempotencyRecord::default() };
    let who = if caller.is_anonymous() { "anonymous" } else { &caller.subject };
    IdempotencyRecord { scope: format!("{branch}/{who}"), key, fingerprint: fingerprint(request).to_vec() }
}
