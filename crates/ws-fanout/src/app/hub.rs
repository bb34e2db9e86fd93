//! Where the log meets the sockets. Nothing here waits for a socket, and nothing is told to whoever must not see it.
//!
//! One lock guards state and seats together: a client's snapshot, or what it missed, is taken in the same moment
//! in which its live frames begin, so there is no gap and no repeat.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytestring::ByteString;
use chrono::{DateTime, Utc};
use domain::ids::BranchId;

use super::board::Board;
use super::close::Close;
use super::frame;
use super::heard::Heard;
use super::live::{Kept, Live, Start};
use super::outbox::{Inbox, Outbox};
use super::seq::Seq;
use super::sight::Sight;
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
    /// Present state beside orders.
    pub board: Vec<ByteString>,
}

/// The hub.
#[derive(Debug)]
pub struct Hub(Mutex<State>);

#[derive(Debug)]
struct State {
    live: Live,
    board: Board,
    seats: HashMap<SeatId, Seat>,
    /// Who hears a branch by name.
    by_branch: HashMap<BranchId, BTreeSet<SeatId>>,
    /// Who hears every branch.
    everywhere: BTreeSet<SeatId>,
    devices: HashMap<Device, SeatId>,
    next: u64,
}

#[derive(Debug)]
struct Seat {
    outbox: Outbox,
    /// What it sees, once it has joined.
    sight: Option<Sight>,
    from_snapshot: bool,
    device: Option<Device>,
}

impl Hub {
    /// A hub that knows nothing yet.
    pub fn new(board: Board) -> Self {
        Self(Mutex::new(State {
            live: Live::default(),
            board,
            seats: HashMap::new(),
            by_branch: HashMap::new(),
            everywhere: BTreeSet::new(),
            devices: HashMap::new(),
            next: 0,
        }))
    }

    /// Gives a socket its seat; it hears nothing until it joins.
    pub fn enter(&self, outbox: Outbox) -> SeatId {
        let mut state = self.state();
        state.next += 1;
        let id = SeatId(state.next);
        state.seats.insert(id, Seat { outbox, sight: None, from_snapshot: false, device: None });
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
    /// What was queued for a former stream is dropped.
    pub fn join(
        &self,
        id: SeatId,
        sight: Sight,
        position: Option<&[Seq]>,
        now: DateTime<Utc>,
        inbox: &mut Inbox,
    ) -> Joined {
        let mut state = self.state();
        inbox.clear();
        let start = state.live.start(&sight, position, now);
        let board = state.board.read(&sight);
        state.leave(id);
        for branch in sight.named() {
            state.by_branch.entry(branch).or_default().insert(id);
        }
        if sight.is_everywhere() {
            state.everywhere.insert(id);
        }
        if let Some(seat) = state.seats.get_mut(&id) {
            seat.from_snapshot = matches!(start, Start::Snapshot { .. });
            seat.sight = Some(sight);
        }
        Joined { start, board }
    }

    /// Queues a `ping` behind every frame that its hash already counts.
    pub fn ping(&self, id: SeatId, now: DateTime<Utc>) {
        let mut state = self.state();
        let State { live, seats, .. } = &mut *state;
        let Some(Seat { outbox, sight: Some(sight), .. }) = seats.get(&id) else { return };
        let text = frame::ping(&live.hashes(sight), &live.seqs(sight), now);
        if !outbox.push(text) {
            state.leave(id);
        }
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
        self.state().live = live;
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
    pub fn slot(&self, branch: BranchId, key: String, text: &ByteString, at: DateTime<Utc>) {
        let mut state = self.state();
        state.board.post_slot(branch, key, text.clone(), at);
        let seats = state.seats_of(branch);
        state.push_to(seats, text);
    }

    /// Tells everybody about a new revision of the menu.
    pub fn menu(&self, revision: i64, at: DateTime<Utc>) {
        let mut state = self.state();
        if let Some(text) = state.board.post_menu(revision, at) {
            let seats =
                state.seats.iter().filter(|(_, seat)| seat.sight.is_some()).map(|(id, _)| *id).collect();
            state.push_to(seats, &text);
        }
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
        let mut written = Vec::new();
        let mut too_slow = Vec::new();
        for id in self.seats_of(heard.branch) {
            let Some(seat) = self.seats.get(&id) else { continue };
            // whoever began with a snapshot has got what the order book knew before the log said it
            if kept.in_base && seat.from_snapshot {
                continue;
            }
            let Some(view) = seat.sight.as_ref().and_then(|sight| sight.view(heard.branch)) else { continue };
            let text = written_for(view, heard, kept, &mut written);
            if let Some(text) = text
                && !seat.outbox.push(text)
            {
                too_slow.push(id);
            }
        }
        for id in too_slow {
            self.leave(id);
        }
    }

    fn push_to(&mut self, seats: Vec<SeatId>, text: &ByteString) {
        for id in seats {
            if self.seats.get(&id).is_some_and(|seat| !seat.outbox.push(text.clone())) {
                self.leave(id);
            }
        }
    }

    fn seats_of(&self, branch: BranchId) -> Vec<SeatId> {
        let by_name = self.by_branch.get(&branch).into_iter().flatten();
        let mut seats: Vec<SeatId> = by_name.chain(&self.everywhere).copied().collect();
        seats.sort_unstable();
        seats.dedup();
        seats
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

/// The frame for a view, written when the first client with that view needs it; none, when the view hides it.
fn written_for(
    view: &View,
    heard: &Heard,
    kept: &Kept,
    written: &mut Vec<(View, Option<ByteString>)>,
) -> Option<ByteString> {
    if let Some((_, text)) = written.iter().find(|(known, _)| known == view) {
        return text.clone();
    }
    let text = kept.telling(view).map(|telling| frame::order(telling, heard, view));
    written.push((view.clone(), text.clone()));
    text
}
