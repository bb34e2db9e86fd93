//! Placing an order: check, price, then commit. The same for mobile, shop and office.

use std::sync::Arc;

use chrono::TimeDelta;
use contracts::record::{self, IdempotencyRecord};
use domain::ServiceError as _;
use domain::channel::Channel;
use domain::ids::{BranchId, ItemId, OrderId};
use domain::orders::fingerprint::fingerprint;
use domain::orders::price::price;
use domain::orders::request::PlaceOrder;
use domain::permissions::Action;
use edge::Caller;
use prost::Message as _;

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
        let Placement { request, key, caller } = placement;
        let is_office = matches!(request.channel, Channel::Office | Channel::Phone);
        if is_office {
            caller.require_somewhere(Action::PlaceForCustomer)?;
        }
        let menu = self.menu.get().ok_or(PlaceError::MenuNotLoaded)?;
        let now = self.clock.now();
        let priced = price(&request, &menu, now, FARTHEST)?;
        if is_office {
            caller.require(Action::PlaceForCustomer, priced.branch)?;
        }
        let place = Arc::clone(&self.placing).try_acquire_owned().map_err(|_| PlaceError::Overloaded)?;
        let order_id = OrderId::from_uuid(self.ids.new_v7(now));
        let item_id = |_| ItemId::from_uuid(self.ids.new_v7(now));
        let idempotency = idempotency(&request, key, priced.branch, &caller);
        let draft = record::draft(order_id, &priced, item_id, &caller.subject, idempotency.clone());
        let wanted = SlotWanted {
            branch: priced.branch,
            order_id,
            need: priced.need,
            not_before: priced.not_before,
            idempotency,
            record: draft.encode_to_vec(),
        };
        let commit = Commit { ports: Arc::clone(&self.ports), wanted, draft };
        self.work.finish(commit.run(), place).await.unwrap_or(Err(PlaceError::Interrupted))
    }
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
