//! The state that every socket is told about: built from the log, never ahead of it.
//!
//! Promises: an event is applied once; versions never go backwards; a snapshot holds exactly what all events
//! up to its positions made (and, for orders of the base state, what the order book already knew).

mod branch;
mod kept;
mod ring;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::events::v1::order_event::Type;
use contracts::order::PizzaOrder;
use domain::ids::BranchId;
use domain::orders::live_hash::state_hash;

use self::branch::{Branch, Moment};
pub use self::kept::{Kept, Telling};
pub use self::ring::HistoryLimits;
use super::heard::Heard;
use super::seq::Seq;
use super::sight::Sight;
use super::view::View;

/// The partition of a key among so many partitions.
pub type Placement = fn(&[u8], i32) -> i32;

/// Live orders and recent history of every branch.
#[derive(Debug)]
pub struct Live {
    branches: HashMap<BranchId, Branch>,
    lanes: BTreeMap<i32, Lane>,
    placement: Placement,
    read_since: DateTime<Utc>,
    catching_up: bool,
    limits: HistoryLimits,
}

/// One partition of the log.
#[derive(Clone, Copy, Debug)]
struct Lane {
    /// Newest offset that was not read.
    gone: i64,
    /// Newest offset that has been applied.
    head: i64,
}

/// What a client gets when it joins.
#[derive(Debug)]
pub enum Start {
    /// Exactly the events it has missed, in the order of the log.
    Missed(Vec<Arc<Kept>>),
    /// The live orders it may see, and the positions they were taken at.
    Snapshot { orders: Vec<(Arc<View>, Arc<PizzaOrder>)>, seqs: Vec<Seq> },
}

impl Default for Live {
    /// A state without a log: it knows no partition.
    fn default() -> Self {
        let limits = HistoryLimits { events: 0, age: TimeDelta::zero() };
        Self::new(&[], DateTime::UNIX_EPOCH, limits, |_, _| 0)
    }
}

impl Live {
    /// Nothing yet; `starts` has the offset per partition at which reading begins, the first event being no
    /// older than `read_since`.
    pub fn new(
        starts: &[(i32, i64)],
        read_since: DateTime<Utc>,
        limits: HistoryLimits,
        placement: Placement,
    ) -> Self {
        let lane = |&(partition, start)| (partition, Lane { gone: start - 1, head: start - 1 });
        Self {
            branches: HashMap::new(),
            lanes: starts.iter().map(lane).collect(),
            placement,
            read_since,
            catching_up: true,
            limits,
        }
    }

    /// Puts orders of the base state in. Those without a readable id are left out and counted.
    pub fn load(&mut self, orders: Vec<PizzaOrder>) -> usize {
        let mut unreadable = 0;
        for order in orders {
            match (order.branch_id.parse(), order.id.parse()) {
                (Ok(branch), Ok(id)) => self.branch(branch).load(id, order),
                _ => unreadable += 1,
            }
        }
        unreadable
    }

    /// What was in the log when the service came up has been read.
    pub const fn caught_up(&mut self) {
        self.catching_up = false;
    }

    /// Applies one event: what everybody is told of it, if anything.
    pub fn apply(&mut self, heard: &Heard, now: DateTime<Utc>) -> Option<Arc<Kept>> {
        self.pass(heard.seq);
        // a type that a later release has added still carries the whole order: that is a change
        if heard.event.r#type() == Type::Duplicate {
            return None;
        }
        let at = self.moment(now);
        self.branch(heard.branch).apply(heard, at)
    }

    /// A record that cannot be read has no meaning, but the positions after it do.
    pub fn pass(&mut self, seq: Seq) {
        let fresh = Lane { gone: seq.offset - 1, head: seq.offset };
        let lane = self.lanes.entry(seq.partition).or_insert(fresh);
        lane.head = lane.head.max(seq.offset);
    }

    /// What a client within this sight begins with: what it missed since `position`, if all of that is known,
    /// else everything there is.
    pub fn start(&mut self, sight: &Sight, position: Option<&[Seq]>, now: DateTime<Utc>) -> Start {
        let missed = position.and_then(|position| self.missed(sight, position, now));
        missed.map_or_else(|| self.snapshot(sight), Start::Missed)
    }

    /// Present positions of the partitions a client within this sight hears.
    pub fn seqs(&self, sight: &Sight) -> Vec<Seq> {
        let heard = self.partitions(sight);
        heard.into_iter().map(|partition| Seq { partition, offset: self.lane(partition).head }).collect()
    }

    /// Present positions of all partitions.
    pub fn heads(&self) -> Vec<Seq> {
        self.lanes.iter().map(|(partition, lane)| Seq { partition: *partition, offset: lane.head }).collect()
    }

    /// Hash of the live orders per branch within this sight.
    pub fn hashes(&mut self, sight: &Sight) -> BTreeMap<BranchId, String> {
        let mut hashes = BTreeMap::new();
        for (id, view) in self.reached(sight) {
            let known = self.branches.get_mut(&id);
            hashes.insert(id, known.map_or_else(|| state_hash([]), |branch| branch.hash(&view)));
        }
        hashes
    }

    fn missed(&mut self, sight: &Sight, position: &[Seq], now: DateTime<Utc>) -> Option<Vec<Arc<Kept>>> {
        let known: BTreeMap<i32, i64> = position.iter().map(|seq| (seq.partition, seq.offset)).collect();
        for partition in self.partitions(sight) {
            let (lane, offset) = (self.lane(partition), *known.get(&partition)?);
            if offset > lane.head || offset < lane.gone {
                return None;
            }
        }
        let at = self.moment(now);
        let mut missed = Vec::new();
        for (id, _) in self.reached(sight) {
            let offset = *known.get(&self.partition(id))?;
            if let Some(branch) = self.branches.get_mut(&id) {
                missed.append(&mut branch.after(offset, at)?);
            }
        }
        missed.sort_by_key(|kept| kept.seq);
        Some(missed)
    }

    fn snapshot(&self, sight: &Sight) -> Start {
        let seqs = self.seqs(sight);
        let mut orders = Vec::new();
        for (id, view) in self.reached(sight) {
            if let Some(branch) = self.branches.get(&id) {
                orders.extend(branch.seen(&view).map(|order| (Arc::clone(&view), Arc::clone(order))));
            }
        }
        Start::Snapshot { orders, seqs }
    }

    /// Branches within this sight: those it names, known or not, and for a sight over the chain all known ones.
    fn reached(&self, sight: &Sight) -> Vec<(BranchId, Arc<View>)> {
        let known =
            if sight.is_everywhere() { self.branches.keys().copied().collect() } else { BTreeSet::new() };
        let all: BTreeSet<BranchId> = sight.named().chain(known).collect();
        all.into_iter().filter_map(|id| Some((id, Arc::clone(sight.view(id)?)))).collect()
    }

    fn partitions(&self, sight: &Sight) -> BTreeSet<i32> {
        if sight.is_everywhere() {
            return self.lanes.keys().copied().collect();
        }
        sight.named().map(|id| self.partition(id)).collect()
    }

    fn partition(&self, branch: BranchId) -> i32 {
        let count = i32::try_from(self.lanes.len()).unwrap_or(i32::MAX);
        (self.placement)(branch.to_string().as_bytes(), count)
    }

    fn lane(&self, partition: i32) -> Lane {
        self.lanes.get(&partition).copied().unwrap_or(Lane { gone: -1, head: -1 })
    }

    fn branch(&mut self, id: BranchId) -> &mut Branch {
        let gone = self.lane(self.partition(id)).gone;
        self.branches.entry(id).or_insert_with(|| Branch::new(gone))
    }

    const fn moment(&self, now: DateTime<Utc>) -> Moment {
        Moment { now, read_since: self.read_since, catching_up: self.catching_up, limits: self.limits }
    }
}
