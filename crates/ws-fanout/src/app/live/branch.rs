//! One branch: its live orders, what the log has said about each, and its latest events.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::events::v1::order_event::Type;
use contracts::order::PizzaOrder;
use domain::ids::OrderId;
use domain::orders::live_hash::state_hash;

use super::kept::{Kept, Telling};
use super::ring::{HistoryLimits, Ring};
use crate::app::heard::Heard;
use crate::app::view::{Facts, View};

/// An event published again later than this after its order ended would be taken for a new order.
const ENDED_ORDERS_ARE_REMEMBERED: TimeDelta = TimeDelta::hours(1);

/// The state of one branch.
#[derive(Debug)]
pub struct Branch {
    orders: BTreeMap<OrderId, Arc<PizzaOrder>>,
    told: HashMap<OrderId, Told>,
    ended: VecDeque<(DateTime<Utc>, OrderId)>,
    ring: Ring,
    hashes: HashMap<View, String>,
}

/// What the log has said about an order so far.
#[derive(Clone, Copy, Debug)]
struct Told {
    version: i64,
    shown: bool,
}

/// What a branch has to know to judge an event.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The present.
    pub now: DateTime<Utc>,
    /// Events before this were never read.
    pub read_since: DateTime<Utc>,
    /// The part of the log that was there before the service came up is being read.
    pub catching_up: bool,
    /// How much history is kept.
    pub limits: HistoryLimits,
}

impl Branch {
    /// A branch whose events are known after the offset `gone`.
    pub fn new(gone: i64) -> Self {
        Self {
            orders: BTreeMap::new(),
            told: HashMap::new(),
            ended: VecDeque::new(),
            ring: Ring::new(gone),
            hashes: HashMap::new(),
        }
    }

    /// Puts an order of the base state in, unless a newer one is there.
    pub fn load(&mut self, id: OrderId, order: PizzaOrder) {
        if self.orders.get(&id).is_none_or(|known| known.version < order.version) {
            self.orders.insert(id, Arc::new(order));
            self.hashes.clear();
        }
    }

    /// Applies an event: `None` when the log has said as much before.
    pub fn apply(&mut self, heard: &Heard, at: Moment) -> Option<Arc<Kept>> {
        let id = heard.order_id;
        let told = self.told.get(&id).copied();
        if told.is_some_and(|told| told.version >= heard.event.version) {
            return None;
        }
        let known = self.orders.get(&id).map(Arc::clone);
        let in_base = known.as_ref().is_some_and(|known| known.version >= heard.event.version);
        let appears = told.is_none() && appears(heard, known.is_some(), at);
        let shown_before = match (told, &known) {
            (Some(told), _) => told.shown,
            (None, _) if appears => false,
            (None, Some(known)) if !in_base => Facts::of(known).shown,
            (None, _) => was_shown(heard),
        };
        let after = Facts::of(&heard.order);
        let tablets = after.shown.then_some(if shown_before { Telling::Changed } else { Telling::Created });

        self.told.insert(id, Told { version: heard.event.version, shown: shown_before || after.shown });
        if after.live && !in_base {
            self.orders.insert(id, Arc::new(heard.order.clone()));
        } else if !after.live {
            self.orders.remove(&id);
            self.ended.push_back((heard.logged_at, id));
        }
        self.hashes.clear();
        self.forget_ended(at.now);

        let kept = Arc::new(Kept {
            seq: heard.seq,
            logged_at: heard.logged_at,
            trace: heard.trace.clone(),
            branch: heard.branch,
            dashboards: if appears { Telling::Created } else { Telling::Changed },
            tablets,
            before: known.map(|known| Facts::of(&known)),
            after,
            in_base,
            payload: heard.payload.clone(),
        });
        self.ring.push(Arc::clone(&kept), at.limits, at.now);
        Some(kept)
    }

    /// Every event after `offset`; `None` when some of them are no longer known.
    pub fn after(&mut self, offset: i64, at: Moment) -> Option<Vec<Arc<Kept>>> {
        self.ring.after(offset, at.limits, at.now)
    }

    /// Live orders that a client with this view sees.
    pub fn seen(&self, view: &View) -> impl Iterator<Item = &Arc<PizzaOrder>> {
        self.orders.values().filter(|order| view.covers(&Facts::of(order)))
    }

    /// Hash of the live orders that a client with this view sees; computed once per change and view.
    pub fn hash(&mut self, view: &View) -> String {
        if let Some(hash) = self.hashes.get(view) {
            return hash.clone();
        }
        let seen = self.orders.iter().filter(|(_, order)| view.covers(&Facts::of(order)));
        let hash = state_hash(seen.map(|(id, order)| (*id, order.version)));
        self.hashes.insert(view.clone(), hash.clone());
        hash
    }

    fn forget_ended(&mut self, now: DateTime<Utc>) {
        let oldest = now - ENDED_ORDERS_ARE_REMEMBERED;
        while self.ended.front().is_some_and(|(at, _)| *at < oldest) {
            let Some((_, id)) = self.ended.pop_front() else { return };
            // an end can be undone
            if !self.orders.contains_key(&id) {
                self.told.remove(&id);
            }
        }
    }
}

/// Whether the first event that the log has about an order is its appearance. While the log is read from its
/// middle, an order older than that place appeared before it.
fn appears(heard: &Heard, known: bool, at: Moment) -> bool {
    let created_since = heard.order.created_at >= at.read_since.timestamp_nanos_opt().unwrap_or_default();
    heard.event.r#type() == Type::Created || created_since || (!known && !at.catching_up)
}

/// Whether tablets knew an order whose first event in the log is this one, which isn't its appearance, and whose
/// state before it is not known.
fn was_shown(heard: &Heard) -> bool {
    heard.event.r#type() != Type::Visible && Facts::of(&heard.order).shown
}
