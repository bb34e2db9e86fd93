//! What every command on an order has in common: lock, look, decide (in `domain`), save, tell - in one
//! transaction.

use chrono::{DateTime, Utc};
use contracts::order::PizzaOrder;
use domain::ids::OrderId;
use domain::orders::audience::Audience;
use domain::orders::choices::Fulfilment;
use domain::orders::lifecycle::{self, Change, ItemFacts, OrderFacts};
use domain::orders::status::OrderStatus;
use prost::Message as _;
use store::commands::{self, Remembered};
use store::{Connection, StoreError, Transactional as _, outbox};

use super::carry::carry_items;
use super::error::Conflict;
use super::{Actor, App, OrderError, event};
use crate::storage::{Order, history, items, orders};

/// A command on one order.
#[derive(Clone, Debug)]
pub struct Command {
    /// Which order.
    pub order: OrderId,
    /// The version that the actor saw.
    pub expected_version: Option<i64>,
    /// Who commands.
    pub actor: Actor,
    /// By which a repeat of the command is known.
    pub repeat: Option<Repeat>,
}

/// By which a repeat of a command is known.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// Idempotency key, unique per actor.
    pub key: String,
    /// SHA-256 of the request.
    pub fingerprint: Vec<u8>,
}

/// The order after a command.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Its full state.
    pub order: PizzaOrder,
    /// What the actor may see of it.
    pub audience: Audience,
    /// The command had been carried out before: this is its first answer.
    pub replayed: bool,
}

impl App {
    /// Carries a command out, once however often it comes.
    pub(super) async fn change(
        &self,
        command: &Command,
        wanted: &lifecycle::Command,
    ) -> Result<Changed, OrderError> {
        let now = self.clock.now();
        let mut conn = self.pool.get().await?;
        let changed = conn.transaction(async |conn| carry_out(conn, command, wanted, now).await).await?;
        changed.ok_or_else(|| self.absent(command.order))
    }
}

async fn carry_out(
    conn: &mut Connection,
    command: &Command,
    wanted: &lifecycle::Command,
    now: DateTime<Utc>,
) -> Result<Option<Changed>, OrderError> {
    let Command { actor, .. } = command;
    let Some(mut order) = orders::find_for_change(conn, command.order).await? else { return Ok(None) };
    actor.require_role_at(order.branch, order.id)?;
    // after the lock, so that the second of two equal commands finds the answer of the first
    if let Some(first) = recalled(conn, command).await? {
        let audience = actor.audience(order.branch, &first.courier_id, None);
        return Ok(Some(Changed { order: first, audience, replayed: true }));
    }
    if command.expected_version.is_some_and(|expected| expected != order.version) {
        let audience = actor.audience_of(&order, None);
        return Err(OrderError::Conflict(Box::new(Conflict { order, audience })));
    }
    let changes = lifecycle::step(&facts(&order), wanted, &actor.in_branch(order.branch), now)?;
    save(conn, &mut order, changes, actor, now).await?;
    if let Some(Repeat { key, fingerprint }) = &command.repeat {
        let first = Remembered { fingerprint: fingerprint.clone(), answer: order.full.encode_to_vec() };
        commands::remember(conn, &actor.subject, key, &first, now).await?;
    }
    let audience = actor.audience_of(&order, None);
    Ok(Some(Changed { order: order.full, audience, replayed: false }))
}

/// The first answer to this command, if it comes again.
async fn recalled(conn: &mut Connection, command: &Command) -> Result<Option<PizzaOrder>, OrderError> {
    let Some(Repeat { key, fingerprint }) = &command.repeat else { return Ok(None) };
    let Some(kept) = commands::recall(conn, &command.actor.subject, key).await? else { return Ok(None) };
    if kept.fingerprint != *fingerprint {
        return Err(OrderError::KeyReused);
    }
    let answer = PizzaOrder::decode(kept.answer.as_slice());
    Ok(Some(answer.map_err(|error| StoreError::corrupt("commands", key, error))?))
}

/// One event per status passed, all in the transaction of the change.
async fn save(
    conn: &mut Connection,
    order: &mut Order,
    changes: Vec<Change>,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<(), OrderError> {
    if changes.is_empty() {
        return Ok(());
    }
    let before = order.version;
    let mut moved = std::collections::BTreeSet::new();
    let mut events = Vec::with_capacity(changes.len());
    for change in changes {
        let from = change.from;
        moved.extend(apply(order, change, actor, now));
        history::note(conn, order, now, &actor.name).await?;
        events.push(event::outbox_row(&event::status_changed(order, from, now, &actor.name), now));
    }
    orders::save(conn, order, before).await?;
    items::save(conn, order, &moved).await?;
    outbox::push(conn, &events).await?;
    Ok(())
}

/// Puts a change into the order; says which items it carried along.
fn apply(order: &mut Order, change: Change, actor: &Actor, now: DateTime<Utc>) -> Vec<i32> {
    order.enter(change.to, now, &actor.name);
    if change.from == OrderStatus::Pending && change.to.is_live() {
        // whoever starts an order has seen it
        order.show();
    }
    order.full.courier_id = change.courier.map(|courier| courier.to_string()).unwrap_or_default();
    if let Some(cancellation) = change.cancellation {
        cancellation.reason.as_str().clone_into(&mut order.full.cancel_reason);
        order.full.cancel_text = cancellation.text;
    }
    carry_items(&mut order.full.items, change.to)
}

fn facts(order: &Order) -> OrderFacts {
    let items = order.full.items.iter().filter(|item| item.status != "cancelled");
    OrderFacts {
        id: order.id,
        branch: order.branch,
        status: order.status,
        version: order.version,
        visible_at: order.visible_at,
        fulfilment: Fulfilment::from_is_pickup(order.full.is_pickup),
        courier: order.full.courier_id.parse().ok(),
        items: items
            .map(|item| ItemFacts {
                has_route: !item.route.is_empty(),
                has_oven: item.route.iter().any(|stage| stage.kind == "oven"),
            })
            .collect(),
    }
}
