//! Where the log meets the sockets. Nothing here waits for a socket, and nothing is told to whoever must not see it.
//!
//! One lock guards state and seats together: a client's snapshot, or what it missed, is taken in the same moment
//! in which its live frames begin, so there is no gap and no repeat.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use domain::ids::BranchId;

use super::bell::Sleepers;
use super::board::Board;
use super::close::Close;
use super::frame;
use super::framed::Framed;
use super::heard::Heard;
use super::live::{Kept, Live, Start};
use super::outbox::{Outbox, Voice};
use super::seq::Seq;
use super::sight::Sight;
use super::snapshots::Snapshots;
use super::view::{Stream, View};

/// One socket, as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeatId(u64);

/// The device behind a socket: when it connects again, the old socket goes.
pub type Device = (String, Stream);

/// What a client begins with.
#[derive(Debug)]
pub struct Joined {
    /// What it missed, or everything.
    pub start: Start,
    /// Everything, when it has just been written for somebody who sees the same.
    pub snapshot: Option<Framed>,
    /// Present state beside orders.
    pub board: Vec<Framed>,
}

/// The hub.
#[derive(Debug)]
pub struct Hub(Mutex<State>);

#[derive(Debug)]
struct State {
    live: Live,
    snapshots: Snapshots,
    board: Board,
    seats: HashMap<SeatId, Seat>,
    /// Who hears a branch by name.
    by_branch: HashMap<BranchId, BTreeMap<SeatId, Ear>>,
    /// Who hears every branch.
    everywhere: BTreeMap<SeatId, Ear>,
    devices: HashMap<Device, SeatId>,
    next: u64,
}

#[derive(Debug)]
struct Seat {
    outbox: Outbox,
    /// What it sees, once it has joined.
    sight: Option<Sight>,
    device: Option<Device>,
}

/// What a seat hears of a branch: all that telling it needs, in one place.
#[derive(Debug)]
struct Ear {
    outbox: Outbox,
    view: Arc<View>,
    from_snapshot: bool,
}

/// Telling everybody one thing.
#[derive(Debug, Default)]
struct Round {
    sleepers: Sleepers,
    too_slow: Vec<SeatId>,
    queued: u64,
}

impl Hub {
    /// A hub that knows nothing yet.
    pub fn new(board: Board) -> Self {
        Self(Mutex::new(State {
            live: Live::default(),
            snapshots: Snapshots::default(),
            board,
            seats: HashMap::new(),
            by_branch: HashMap::new(),
            everywhere: BTreeMap::new(),
            devices: HashMap::new(),
            next: 0,
        }))
    }

    /// Gives a socket its seat; it hears nothing until it joins.
    pub fn enter(&self, outbox: Outbox) -> SeatId {
        let mut state = self.state();
        state.next += 1;
        let id = SeatId(state.next);
        state.seats.insert(id, Seat { outbox, sight: None, device: None });
        id
    }

    /// Says which device a seat belongs to; the device's former socket is told to close.
    pub fn identify(&self, id: SeatId, device: Option<Device>) {
        let mut state = self.state();
        state.forget_device(id);
        let Some(device) = device else { return };
        if let Some(former) = state.devices.insert(device.clone(), id) {
            state.dismiss(former, Close::Replaced);
        }
        if let Some(seat) = state.seats.get_mut(&id) {
            seat.device = Some(device);
        }
    }

    /// Begins, or begins anew: from now on the seat's queue gets every frame within `sight`.
    /// What was queued for a former stream is dropped, and what is queued now waits until `voice` releases it.
    pub fn join(
        &self,
        id: SeatId,
        sight: Sight,
        position: Option<&[Seq]>,
        now: DateTime<Utc>,
        voice: &Voice,
    ) -> Joined {
        let mut state = self.state();
        voice.hold();
        let start = state.live.start(&sight, position, now);
        let snapshot = match &start {
            Start::Snapshot { seqs, .. } => state.snapshots.find(&sight, seqs, now),
            Start::Missed(_) => None,
        };
        let board = state.board.read(&sight);
        state.leave(id);
        let State { seats, by_branch, everywhere, .. } = &mut *state;
        if let Some(seat) = seats.get_mut(&id) {
            let from_snapshot = matches!(start, Start::Snapshot { .. });
            let ear =
                |view: &Arc<View>| Ear { outbox: seat.outbox.clone(), view: Arc::clone(view), from_snapshot };
            for (branch, view) in sight.named_views() {
                by_branch.entry(branch).or_default().insert(id, ear(view));
            }
            everywhere.extend(sight.everywhere().map(|view| (id, ear(view))));
            seat.sight = Some(sight);
        }
        Joined { start, snapshot, board }
    }

    /// Keeps a snapshot that was written, for those who come next and see the same.
    pub fn share(&self, sight: Sight, seqs: Vec<Seq>, snapshot: Framed, now: DateTime<Utc>) {
        self.state().snapshots.keep(sight, seqs, snapshot, now);
    }

    /// Queues a `ping` behind every frame that its hash already counts.
    pub fn ping(&self, id: SeatId, now: DateTime<Utc>) {
        let mut state = self.state();
        let State { live, seats, .. } = &mut *state;
        let Some(Seat { outbox, sight: Some(sight), .. }) = seats.get(&id) else { return };
        let ping = frame::ping(&live.hashes(sight), &live.seqs(sight), now);
        let mut round = Round::default();
        round.push(id, outbox, &ping);
        state.end(round);
    }

    /// The socket is gone.
    pub fn exit(&self, id: SeatId) {
        let mut state = self.state();
        state.leave(id);
        state.forget_device(id);
        state.seats.remove(&id);
    }

    /// Begins with this state; from now on the log is applied to it.
    pub fn begin(&self, live: Live) {
        let mut state = self.state();
        (state.live, state.snapshots) = (live, Snapshots::default());
    }

    /// What was in the log when the service came up has been read.
    pub fn caught_up(&self) {
        self.state().live.caught_up();
    }

    /// Applies an order event and tells everybody who may see it.
    pub fn hear(&self, heard: &Heard, now: DateTime<Utc>) {
        let mut state = self.state();
        if let Some(kept) = state.live.apply(heard, now) {
            state.tell(heard, &kept);
        }
    }

    /// Passes over a record that nobody can read.
    pub fn pass(&self, seq: Seq) {
        self.state().live.pass(seq);
    }

    /// Tells a branch about a slot, or its slot settings.
    pub fn slot(&self, branch: BranchId, key: String, text: &Framed, at: DateTime<Utc>) {
        let mut state = self.state();
        state.board.post_slot(branch, key, text.clone(), at);
        let mut round = Round::default();
        state.ears(branch).for_each(|(id, ear)| round.push(id, &ear.outbox, text));
        state.end(round);
    }

    /// Tells everybody about a new revision of the menu.
    pub fn menu(&self, revision: i64, at: DateTime<Utc>) {
        let mut state = self.state();
        if let Some(text) = state.board.post_menu(revision, at) {
            let mut round = Round::default();
            let joined = state.seats.iter().filter(|(_, seat)| seat.sight.is_some());
            joined.for_each(|(id, seat)| round.push(*id, &seat.outbox, &text));
            state.end(round);
        }
    }

    /// How far the log has been applied.
    pub fn heads(&self) -> Vec<Seq> {
        self.state().live.heads()
    }

    /// How many sockets there are.
    pub fn seats(&self) -> usize {
        self.state().seats.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Writes the frame once per view and queues it for every seat with that view.
    fn tell(&mut self, heard: &Heard, kept: &Arc<Kept>) {
        let (mut written, mut round) = (Vec::new(), Round::default());
        for (id, ear) in self.ears(heard.branch) {
            // whoever began with a snapshot has got what the order book knew before the log said it
            if kept.in_base && ear.from_snapshot {
                continue;
            }
            if let Some(frame) = written_for(&ear.view, heard, kept, &mut written) {
                round.push(id, &ear.outbox, frame);
            }
        }
        self.end(round);
    }

    /// Everybody who hears a branch. A seat that hears it by name does not hear it a second time.
    fn ears(&self, branch: BranchId) -> impl Iterator<Item = (SeatId, &Ear)> {
        let named = self.by_branch.get(&branch);
        let is_named = move |id: &SeatId| named.is_some_and(|named| named.contains_key(id));
        let others = self.everywhere.iter().filter(move |(id, _)| !is_named(id));
        named.into_iter().flatten().chain(others).map(|(id, ear)| (*id, ear))
    }

    /// Wakes whoever was told something; whoever had no room for it hears nothing more.
    fn end(&mut self, round: Round) {
        metrics::counter!("ws_frames_sent_total").increment(round.queued);
        round.sleepers.wake();
        for id in round.too_slow {
            self.leave(id);
        }
    }

    fn dismiss(&mut self, id: SeatId, close: Close) {
        self.leave(id);
        if let Some(seat) = self.seats.get(&id) {
            seat.outbox.end(close);
        }
    }

    /// The seat hears nothing from now on.
    fn leave(&mut self, id: SeatId) {
        self.everywhere.remove(&id);
        let Some(sight) = self.seats.get_mut(&id).and_then(|seat| seat.sight.take()) else { return };
        for branch in sight.named() {
            if let Some(seats) = self.by_branch.get_mut(&branch) {
                seats.remove(&id);
                if seats.is_empty() {
                    self.by_branch.remove(&branch);
                }
            }
        }
    }

    fn forget_device(&mut self, id: SeatId) {
        let device = self.seats.get_mut(&id).and_then(|seat| seat.device.take());
        if let Some(device) = device
            && self.devices.get(&device) == Some(&id)
        {
            self.devices.remove(&device);
        }
    }
}

impl Round {
    fn push(&mut self, id: SeatId, outbox: &Outbox, frame: &Framed) {
        if outbox.push(frame, &mut self.sleepers) {
            self.queued += 1;
        } else {
            self.too_slow.push(id);
        }
    }
}

/// The frame for a view, written when the first client with that view needs it; none, when the view hides it.
fn written_for<'a>(
    view: &View,
    heard: &Heard,
    kept: &Kept,
    written: &'a mut Vec<(View, Option<Framed>)>,
) -> Option<&'a Framed> {
    let at = written.iter().position(|(known, _)| known == view).unwrap_or_else(|| {
        let frame = kept.telling(view).map(|telling| frame::order(telling, heard, view));
        written.push((view.clone(), frame));
        written.len() - 1
    });
    written.get(at).and_then(|(_, frame)| frame.as_ref())
}
