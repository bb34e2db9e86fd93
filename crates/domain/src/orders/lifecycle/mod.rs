//! Which move of an order is legal, for whom, when: rows T2..T8 and T13 of the table of moves.
//!
//! [`step`] is a pure decision: it answers the changes to save, one per status passed, or why there are none.
//! What the table does not name is refused.

mod actor; // who moves
mod refusal; // why a move is refused
mod table; // the moves

pub use actor::{Actor, CancelReason, Cancellation};
pub use refusal::LifecycleRefusal;
pub use table::Move;

use chrono::{DateTime, Utc};

use super::choices::Fulfilment;
use super::status::OrderStatus;
use crate::ids::{BranchId, OrderId, PersonId};
use table::legal_move;

/// What a decision needs to know about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFacts {
    /// Which order.
    pub id: OrderId,
    /// Its branch.
    pub branch: BranchId,
    /// Where it stands.
    pub status: OrderStatus,
    /// Grows by one with every change.
    pub version: i64,
    /// When the kitchen sees it.
    pub visible_at: DateTime<Utc>,
    /// How the customer gets it.
    pub fulfilment: Fulfilment,
    /// Who brings it.
    pub courier: Option<PersonId>,
    /// Its items that are not cancelled.
    pub items: Vec<ItemFacts>,
}

/// What a decision needs to know about an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemFacts {
    /// Whether the kitchen does anything for it.
    pub has_route: bool,
    /// Whether it goes into the oven.
    pub has_oven: bool,
}

/// What is to happen to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Into that status, by one move.
    ToStatus(ToStatus),
    /// The kitchen is done: the shortest legal way to `ready`.
    Processed,
}

/// A status and what the moves into it need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToStatus {
    /// Where to.
    pub status: OrderStatus,
    /// Start it before it is visible; managers only.
    pub early: bool,
    /// Who brings it; needed for `delivery`.
    pub courier: Option<PersonId>,
    /// Why; needed for `cancelled`.
    pub reason: Option<CancelReason>,
    /// In words; needed with [`CancelReason::Other`].
    pub reason_text: String,
}

/// One change to save: a status passed, and the version after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// By which move.
    pub by: Move,
    /// Where it stood.
    pub from: OrderStatus,
    /// Where it stands now.
    pub to: OrderStatus,
    /// The order's version after the change.
    pub version: i64,
    /// Who brings it, from now on.
    pub courier: Option<PersonId>,
    /// Why it was cancelled.
    pub cancellation: Option<Cancellation>,
}

impl ToStatus {
    /// Into a status that needs nothing more.
    pub const fn plain(status: OrderStatus) -> Self {
        Self { status, early: false, courier: None, reason: None, reason_text: String::new() }
    }
}

impl OrderFacts {
    /// The statuses this order can go to, whoever asks.
    pub fn allowed(&self) -> Vec<OrderStatus> {
        OrderStatus::ALL.into_iter().filter(|to| legal_move(self, self.status, *to).is_some()).collect()
    }

    fn all_route_less(&self) -> bool {
        !self.items.iter().any(|item| item.has_route)
    }

    fn any_oven(&self) -> bool {
        self.items.iter().any(|item| item.has_oven)
    }
}

/// Decides a command: the changes to save, none when the order is already there.
pub fn step(
    order: &OrderFacts,
    command: &Command,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, LifecycleRefusal> {
    match command {
        Command::ToStatus(wanted) if wanted.status == order.status => Ok(Vec::new()),
        Command::ToStatus(wanted) => {
            change(order, order.status, order.version, wanted, actor, now).map(|change| vec![change])
        }
        Command::Processed => processed(order, actor, now),
    }
}

fn processed(order: &OrderFacts, actor: &Actor, now: DateTime<Utc>) -> Result<Vec<Change>, LifecycleRefusal> {
    use OrderStatus::{Cooking, Preparing, Ready};
    match order.status {
        OrderStatus::Ready | OrderStatus::Delivery | OrderStatus::Delivered => return Ok(Vec::new()),
        OrderStatus::Pending | OrderStatus::Preparing | OrderStatus::Cooking => {}
        OrderStatus::Cancelled | OrderStatus::Archived => return Err(illegal(order, order.status, Ready)),
    }
    let ways: [&[OrderStatus]; 4] =
        [&[Ready], &[Preparing, Ready], &[Cooking, Ready], &[Preparing, Cooking, Ready]];
    let mut refusal = illegal(order, order.status, Ready);
    for way in ways {
        match walk(order, way, actor, now) {
            Ok(changes) => return Ok(changes),
            Err(LifecycleRefusal::IllegalTransition { .. }) => {}
            Err(other) => refusal = other,
        }
    }
    Err(refusal)
}

fn walk(
    order: &OrderFacts,
    way: &[OrderStatus],
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, LifecycleRefusal> {
    let mut at = (order.status, order.version);
    let mut changes = Vec::with_capacity(way.len());
    for status in way {
        let change = change(order, at.0, at.1, &ToStatus::plain(*status), actor, now)?;
        at = (change.to, change.version);
        changes.push(change);
    }
    Ok(changes)
}

/// One move, with every guard: the table, the roles, then what the move itself asks for.
fn change(
    order: &OrderFacts,
    from: OrderStatus,
    version: i64,
    wanted: &ToStatus,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Change, LifecycleRefusal> {
    let to = wanted.status;
    let by = legal_move(order, from, to).ok_or_else(|| illegal(order, from, to))?;
    if !actor.may(by) {
        return Err(LifecycleRefusal::RoleNotAllowed);
    }
    let mut change =
        Change { by, from, to, version: version + 1, courier: order.courier, cancellation: None };
    match by {
        Move::Start => {
            let early = wanted.early && actor.is_manager();
            if now < order.visible_at && !early {
                return Err(LifecycleRefusal::NotYetVisible { visible_at: order.visible_at });
            }
        }
        Move::HandToCourier => change.courier = Some(actor.courier_of(wanted.courier)?),
        Move::Deliver if !actor.may_deliver(order.courier) => return Err(LifecycleRefusal::RoleNotAllowed),
        Move::Cancel => {
            change.cancellation = Some(Cancellation::read(wanted.reason, &wanted.reason_text)?);
        }
        Move::Bake | Move::FinishWithoutKitchen | Move::Finish | Move::HandToCustomer | Move::Deliver => {}
    }
    Ok(change)
}

fn illegal(order: &OrderFacts, from: OrderStatus, to: OrderStatus) -> LifecycleRefusal {
    LifecycleRefusal::IllegalTransition { from, to, allowed: order.allowed() }
}

#[cfg(test)]
mod tests;
