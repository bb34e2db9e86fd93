//! Frames of the server, as text: one envelope, written once per audience.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use contracts::events::v1::order_event::Type;
use contracts::order::PizzaOrder;
use contracts::orders::v1::Order;
use contracts::slots::v1::{Slot, SlotConfig};
use domain::ids::BranchId;
use serde::Serialize;
use uuid::Uuid;

use super::framed::Framed;
use super::heard::Heard;
use super::live::Telling;
use super::refusal::Refusal;
use super::seq::Seq;
use super::view::View;

/// Version of the frames' contract; a client of another version has to reload.
pub const PROTOCOL: u32 = 1;

/// What goes into `hello`.
#[derive(Debug, Serialize)]
pub struct Hello {
    /// Version of the contract.
    pub protocol: u32,
    /// This socket, for logs and support.
    pub session: Uuid,
    /// How often `ping` comes.
    pub heartbeat_ms: u64,
    /// After so long without a frame the client shows itself stale.
    pub stale_after_ms: u64,
    /// Whether missed frames follow instead of a snapshot.
    pub resumed: bool,
    /// Why not, when resuming was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

#[derive(Serialize)]
struct Envelope<'a, D> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch_id: Option<BranchId>,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a str>,
    data: D,
}

#[derive(Serialize)]
struct OrderData<'a> {
    order: Order,
    change: Change<'a>,
}

#[derive(Serialize)]
struct Change<'a> {
    kind: &'static str,
    version: i64,
    #[serde(skip_serializing_if = "str::is_empty")]
    from: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    to: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason_text: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    actor: &'a str,
}

/// `hello`: the first frame.
pub fn hello(hello: &Hello, at: DateTime<Utc>) -> Framed {
    plain("hello", at, hello)
}

/// An order's appearance or change.
pub fn order(telling: Telling, heard: &Heard, view: &View) -> Framed {
    let event = &heard.event;
    let (reason, reason_text, actor) = if view.shows_actors(&heard.order) {
        (heard.order.cancel_reason.as_str(), heard.order.cancel_text.as_str(), event.actor.as_str())
    } else {
        ("", "", "")
    };
    let change = Change {
        kind: kind(event.r#type()),
        version: event.version,
        from: &event.from_status,
        to: &event.to_status,
        reason,
        reason_text,
        actor,
    };
    let at = event.at.and_then(|at| DateTime::try_from(at).ok()).unwrap_or(heard.logged_at);
    text(&Envelope {
        r#type: match telling {
            Telling::Created => "order:created",
            Telling::Changed => "order:status:changed",
        },
        seq: Some(heard.seq),
        branch_id: Some(heard.branch),
        at: rfc3339(at),
        trace: heard.trace.as_deref(),
        data: OrderData { order: view.cut(&heard.order), change },
    })
}

/// `snapshot`: the live orders, and the positions they were taken at.
pub fn snapshot(orders: &[(Arc<View>, Arc<PizzaOrder>)], seqs: &[Seq], at: DateTime<Utc>) -> Framed {
    #[derive(Serialize)]
    struct Data<'a> {
        orders: Vec<Order>,
        seqs: &'a [Seq],
    }
    let mut sorted: Vec<&(Arc<View>, Arc<PizzaOrder>)> = orders.iter().collect();
    sorted.sort_by(|(_, one), (_, other)| {
        (one.slot_start, one.created_at, &one.id).cmp(&(other.slot_start, other.created_at, &other.id))
    });
    let orders = sorted.into_iter().map(|(view, order)| view.cut(order)).collect();
    plain("snapshot", at, &Data { orders, seqs })
}

/// `ping`: the server's time, and per branch the hash of the live orders that the client may see.
pub fn ping(hash: &BTreeMap<BranchId, String>, seqs: &[Seq], at: DateTime<Utc>) -> Framed {
    #[derive(Serialize)]
    struct Data<'a> {
        at: String,
        hash: &'a BTreeMap<BranchId, String>,
        seqs: &'a [Seq],
    }
    plain("ping", at, &Data { at: rfc3339(at), hash, seqs })
}

/// `slot:changed` with the slot's present state; its orders are not for everybody and left out.
pub fn slot(branch: BranchId, slot: &Slot, at: DateTime<Utc>) -> Framed {
    #[derive(Serialize)]
    struct Data {
        slot: Slot,
    }
    of_branch("slot:changed", branch, at, &Data { slot: Slot { orders: Vec::new(), ..slot.clone() } })
}

/// `slot:changed` with the branch's present slot settings.
pub fn slot_config(branch: BranchId, config: &SlotConfig, at: DateTime<Utc>) -> Framed {
    #[derive(Serialize)]
    struct Data<'a> {
        config: &'a SlotConfig,
    }
    of_branch("slot:changed", branch, at, &Data { config })
}

/// `menu:updated` with the menu's present revision.
pub fn menu(revision: i64, at: DateTime<Utc>) -> Framed {
    #[derive(Serialize)]
    struct Data {
        revision: i64,
    }
    plain("menu:updated", at, &Data { revision })
}

/// `ack`: a command was carried out.
pub fn ack(id: Uuid, version: Option<i64>, warnings: &[String], at: DateTime<Utc>) -> Framed {
    #[derive(Serialize)]
    struct Data<'a> {
        id: Uuid,
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<i64>,
        warnings: &'a [String],
    }
    plain("ack", at, &Data { id, version, warnings })
}

/// `error`: a frame or a command was refused.
pub fn error(id: Option<Uuid>, refusal: &Refusal, at: DateTime<Utc>) -> Framed {
    #[derive(Serialize)]
    struct Data<'a> {
        id: Option<Uuid>,
        #[serde(flatten)]
        refusal: &'a Refusal,
    }
    plain("error", at, &Data { id, refusal })
}

const fn kind(event: Type) -> &'static str {
    match event {
        Type::Created => "created",
        Type::Visible => "visible",
        Type::Cancelled => "cancelled",
        Type::StatusChanged | Type::Duplicate | Type::Unspecified => "status",
    }
}

fn plain<D: Serialize>(kind: &'static str, at: DateTime<Utc>, data: &D) -> Framed {
    text(&Envelope { r#type: kind, seq: None, branch_id: None, at: rfc3339(at), trace: None, data })
}

fn of_branch<D: Serialize>(kind: &'static str, branch: BranchId, at: DateTime<Utc>, data: &D) -> Framed {
    text(&Envelope { r#type: kind, seq: None, branch_id: Some(branch), at: rfc3339(at), trace: None, data })
}

fn text<D: Serialize>(envelope: &Envelope<'_, D>) -> Framed {
    Framed::json(envelope).unwrap_or_else(|error| {
        // a time outside of the calendar, say: one frame is lost, the client's hash will tell
        tracing::error!(%error, frame = envelope.r#type, "a frame cannot be written: {error}");
        Framed::NOTHING
    })
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
