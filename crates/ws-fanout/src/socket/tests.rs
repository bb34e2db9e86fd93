use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::Mutex;
use std::task::{Context, Poll};

use chassis::clock::{CountingIds, ManualClock};
use chassis::{Health, SystemClock};
use chrono::{DateTime, TimeDelta};
use contracts::order::PizzaOrder;
use domain::ids::BranchId;
use domain::permissions::{Grant, Grants, Role};
use futures_util::stream;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use testkit::eventually;
use tokio::sync::mpsc;

use super::*;
use crate::app::bell::Bell;
use crate::app::board::Board;
use crate::app::live::{HistoryLimits, Live};
use crate::app::outbox::{Outlet, queue};
use crate::app::ports::{Member, NoBase};
use crate::app::sight::Wish;
use crate::app::view::Stream as StreamKind;

/// An order book that carries every command out.
struct Willing;

impl OrderBook for Willing {
    async fn live_orders(&self) -> Result<Vec<PizzaOrder>, NoBase> {
        Ok(Vec::new())
    }

    async fn carry_out(&self, command: Command) -> Answer {
        Ok(Done { version: command.update.expected_version() + 1, warnings: Vec::new() })
    }
}

/// Takes every token for a cook's.
struct Open;

impl Gate for Open {
    fn admit(&self, token: &SecretString) -> Result<Member, Box<Refusal>> {
        Ok(Member {
            // every token is a device of its own
            subject: token.expose_secret().to_owned(),
            is_device: true,
            grants: Grants::new(vec![Grant::within(Role::Cook, [BranchId::MAIN])]),
            expires: DateTime::UNIX_EPOCH + TimeDelta::hours(1),
            token: token.clone(),
        })
    }
}

/// A client that takes frames while it is not stuck.
#[derive(Clone, Default)]
struct Client {
    taken: Arc<Mutex<Vec<Value>>>,
    is_stuck: Arc<std::sync::atomic::AtomicBool>,
}

impl Client {
    fn kinds(&self) -> Vec<String> {
        let taken = self.taken.lock().unwrap();
        taken.iter().map(|frame| frame["type"].as_str().unwrap().to_owned()).collect()
    }

    fn count(&self, kind: &str) -> usize {
        self.kinds().iter().filter(|taken| *taken == kind).count()
    }

    /// Waits until so many frames of a kind have been taken.
    async fn takes(&self, count: usize, kind: &str) {
        eventually(kind, Duration::from_secs(5), async || self.count(kind) >= count).await;
    }

    fn stick(&self) {
        self.is_stuck.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    /// Takes frames off the queue while it is not stuck.
    async fn read(self, mut outlet: Outlet) {
        let is_stuck = || self.is_stuck.load(std::sync::atomic::Ordering::Relaxed);
        let mut next =
            |context: &mut Context<'_>| if is_stuck() { Poll::Pending } else { outlet.poll_next(context) };
        while let Some(frame) = poll_fn(&mut next).await {
            // behind the header there is the only brace that opens a text
            let text = frame.iter().position(|byte| *byte == b'{').map_or(&[][..], |at| &frame[at..]);
            self.taken.lock().unwrap().push(serde_json::from_slice(text).unwrap());
        }
    }
}

fn house() -> Arc<House<Willing>> {
    let limits = HistoryLimits { events: 100, age: TimeDelta::minutes(15) };
    let hub = Arc::new(Hub::new(Board::new(TimeDelta::minutes(20))));
    hub.begin(Live::new(&[(0, 0)], DateTime::UNIX_EPOCH, limits, |_, _| 0));
    let log = Health::with_clock(Arc::new(SystemClock)).check("log");
    log.up();
    Arc::new(House {
        hub,
        orders: Arc::new(Willing),
        gate: Box::new(Open),
        clock: Arc::new(ManualClock::at(DateTime::UNIX_EPOCH)),
        ids: Arc::new(CountingIds::default()),
        log,
        queue: QueueLimits { frames: 3, bytes: 1024 * 1024 },
        write_within: Duration::from_millis(200),
        stop: CancellationToken::new(),
    })
}

/// Opens a socket: the client's frames go in, the reason for the end comes out.
fn open(
    house: &Arc<House<Willing>>,
    client: &Client,
    token: Option<&str>,
) -> (mpsc::Sender<Incoming>, JoinHandle<Close>) {
    let (say, heard) = mpsc::channel(8);
    let wish = Wish { stream: StreamKind::Tablet, branch: None, statuses: BTreeSet::new() };
    let now = Now { instant: Instant::now(), wall: house.clock.now() };
    let session = Box::new(Session::new(Uuid::nil(), wish, now));
    let incoming = Box::pin(stream::unfold(heard, |mut heard| async { Some((heard.recv().await?, heard)) }));
    let (house, client, token) = (Arc::clone(house), client.clone(), token.map(SecretString::from));
    let bell = Bell::default();
    tokio::spawn(bell.clone().answer());
    let (outbox, voice, outlet) = queue(house.queue, bell);
    tokio::spawn(client.read(outlet));
    (say, tokio::spawn(async move { carry(&house, session, token, (outbox, &voice), incoming).await }))
}

#[tokio::test]
async fn a_stream_begins_with_hello_and_a_snapshot_and_then_pings() {
    let client = Client::default();
    let house = house();
    let (_say, socket) = open(&house, &client, Some("token"));

    client.takes(1, "ping").await;

    assert_eq!(client.kinds(), ["hello", "snapshot", "ping"]);
    house.stop.cancel();
    assert_eq!(socket.await.unwrap(), Close::GoingAway);
    assert_eq!(house.hub.seats(), 0);
}

#[tokio::test]
async fn a_command_is_answered_by_its_id() {
    let client = Client::default();
    let (say, _socket) = open(&house(), &client, Some("token"));
    let update = r#"{"type": "order:status:update", "id": "019c1a00-0000-7000-8000-0000000000aa",
        "data": {"order_id": "o", "status": "cooking", "expected_version": 3}}"#;

    say.send(Incoming::Text(update.into())).await.unwrap();
    client.takes(1, "ack").await;

    let taken = client.taken.lock().unwrap();
    let ack = taken.last().unwrap();
    assert_eq!(ack["data"]["id"], "019c1a00-0000-7000-8000-0000000000aa");
    assert_eq!(ack["data"]["version"], 4);
}

#[tokio::test]
async fn a_write_that_is_stuck_ends_the_socket() {
    let client = Client::default();
    let house = house();
    let (_say, socket) = open(&house, &client, Some("token"));
    client.takes(1, "snapshot").await;
    client.stick();

    house.hub.menu(1, DateTime::UNIX_EPOCH);

    assert_eq!(socket.await.unwrap(), Close::TooSlow);
}

#[tokio::test]
async fn a_full_queue_ends_the_socket_and_no_other() {
    let mut house = house();
    Arc::get_mut(&mut house).unwrap().write_within = Duration::from_mins(1);
    let (slow, quick) = (Client::default(), Client::default());
    let (_say, slow_socket) = open(&house, &slow, Some("token"));
    let (_say_too, quick_socket) = open(&house, &quick, Some("another"));
    slow.takes(1, "snapshot").await;
    quick.takes(1, "snapshot").await;
    slow.stick();

    for revision in 1..=5 {
        house.hub.menu(revision, DateTime::UNIX_EPOCH);
        quick.takes(usize::try_from(revision).unwrap(), "menu:updated").await;
    }

    assert_eq!(slow_socket.await.unwrap(), Close::TooSlow);
    assert!(!quick_socket.is_finished());
}

#[tokio::test]
async fn the_same_device_connecting_again_replaces_its_old_socket() {
    let house = house();
    let client = Client::default();
    let (_say, old) = open(&house, &client, Some("token"));
    client.takes(1, "snapshot").await;

    let (_say_too, new) = open(&house, &Client::default(), Some("token"));

    assert_eq!(old.await.unwrap(), Close::Replaced);
    assert!(!new.is_finished());
}

#[tokio::test]
async fn while_the_log_is_not_followed_there_is_no_ping() {
    let (followed, lost) = (house(), house());
    lost.log.down("the broker does not answer");
    let (told, untold) = (Client::default(), Client::default());
    let (_say, _socket) = open(&lost, &untold, Some("token"));
    untold.takes(1, "snapshot").await;
    let (_say_too, _other) = open(&followed, &told, Some("token"));

    told.takes(1, "ping").await;

    assert_eq!(untold.kinds(), ["hello", "snapshot"]);
}

#[tokio::test]
async fn frames_that_are_too_long_or_no_text_are_refused() {
    let client = Client::default();
    let (say, socket) = open(&house(), &client, Some("token"));

    say.send(Incoming::TooLong).await.unwrap();
    say.send(Incoming::Binary).await.unwrap();
    say.send(Incoming::Binary).await.unwrap();

    assert_eq!(socket.await.unwrap(), Close::Unreadable);
    assert_eq!(client.kinds(), ["error", "error", "error"]);
}

#[test]
fn the_loop_of_a_socket_is_small() {
    let house = house();
    let wish = Wish { stream: StreamKind::Tablet, branch: None, statuses: BTreeSet::new() };
    let now = Now { instant: Instant::now(), wall: house.clock.now() };
    let (outbox, voice, _outlet) = queue(house.queue, Bell::default());
    let session = Box::new(Session::new(Uuid::nil(), wish, now));

    let socket = carry(&house, session, None, (outbox, &voice), stream::pending());

    // every open socket costs it, whether anything is said or not
    assert!(size_of_val(&socket) <= 1024, "{} bytes", size_of_val(&socket));
}
