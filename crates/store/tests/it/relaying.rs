use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus::{BusSettings, From, LogReader, Producer};
use chassis::{Health, TraceContext};
use chrono::DateTime;
use contracts::topics::Topic;
use diesel_async::{AsyncConnection as _, SimpleAsyncConnection as _};
use store::outbox::{self, OutboxEvent};
use store::{Connection, StoreError, StoreSettings, relay};
use testkit::{TestTopics, at_best_within, eventually};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::world::{PATIENCE, kitchen};

/// A running relay and what its hook was given.
struct Relay {
    health: Health,
    followed: Arc<Mutex<Vec<String>>>,
    stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Relay {
    fn start(store: &StoreSettings, bus: &BusSettings) -> Self {
        Self::with_hook(store, bus, Arc::default())
    }

    fn with_hook(store: &StoreSettings, bus: &BusSettings, hook_fails: Arc<AtomicBool>) -> Self {
        let (health, stop) = (Health::new(), CancellationToken::new());
        let followed = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&followed);
        let hook = move |events: Vec<OutboxEvent>| {
            let (ears, fails) = (Arc::clone(&ears), hook_fails.load(Ordering::SeqCst));
            async move {
                anyhow::ensure!(!fails, "the cache is away");
                ears.lock().unwrap().extend(events.iter().map(|event| text(&event.payload)));
                Ok(())
            }
        };
        let producer = Producer::new(bus).unwrap();
        let running = relay::run(store.clone(), producer, hook, health.check("outbox"), stop.clone());
        Self { health, followed, stop, task: tokio::spawn(running) }
    }

    fn followed(&self) -> Vec<String> {
        self.followed.lock().unwrap().clone()
    }

    async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.unwrap().unwrap().unwrap();
    }
}

fn text(payload: &[u8]) -> String {
    String::from_utf8(payload.to_vec()).unwrap()
}

fn event(payload: &str) -> OutboxEvent {
    OutboxEvent {
        event_id: Uuid::from_u128(1),
        topic: Topic::OrderEvents,
        key: "MAIN".to_owned(),
        payload: payload.as_bytes().to_vec(),
        trace: TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        created_at: DateTime::UNIX_EPOCH,
    }
}

async fn tell(conn: &mut Connection, payloads: &[&str]) {
    let events: Vec<_> = payloads.iter().map(|payload| event(payload)).collect();
    conn.transaction(async |conn| outbox::push(conn, &events).await).await.unwrap();
}

async fn all_told(conn: &mut Connection) {
    eventually("the outbox is empty", PATIENCE, async || outbox::waiting(conn).await.unwrap() == 0).await;
}

async fn read(bus: &BusSettings, count: usize) -> Vec<bus::Message> {
    let reader = LogReader::new(bus, &[Topic::OrderEvents]).unwrap();
    reader.follow_all(From::Beginning).await.unwrap();
    let mut found = Vec::new();
    while found.len() < count {
        found.push(tokio::time::timeout(PATIENCE, reader.next()).await.expect("a record").unwrap());
    }
    found
}

#[tokio::test]
async fn events_are_told_in_their_order_and_followed_up() {
    let (_db, store, mut conn) = kitchen().await;
    let bus = TestTopics::fresh().await.settings("relaying");
    let names: Vec<String> = (0..1200).map(|count| count.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    tell(&mut conn, &names[..600]).await;
    let relay = Relay::start(&store, &bus);
    tell(&mut conn, &names[600..]).await;

    all_told(&mut conn).await;

    let told = read(&bus, names.len()).await;
    assert_eq!(told.iter().map(|one| text(&one.payload)).collect::<Vec<_>>(), names);
    assert_eq!(relay.followed(), names);
    let first = told.first().unwrap();
    assert_eq!(first.headers.event_id(), Some(Uuid::from_u128(1)));
    assert_eq!(first.headers.trace(), event("").trace);
    assert_eq!(first.key.as_deref(), Some(b"MAIN".as_slice()));
    relay.stop().await;
}

#[tokio::test]
async fn a_new_event_wakes_the_relay() {
    let (_db, store, mut conn) = kitchen().await;
    let bus = TestTopics::fresh().await.settings("relaying");
    let relay = Relay::start(&store, &bus);
    tell(&mut conn, &["warm"]).await;
    all_told(&mut conn).await;

    // ten sleeps of the safety net would take ten seconds
    at_best_within("ten events are told", Duration::from_secs(5), async || {
        let start = std::time::Instant::now();
        for _ in 0..10 {
            tell(&mut conn, &["quick"]).await;
            all_told(&mut conn).await;
        }
        start.elapsed()
    })
    .await;
    relay.stop().await;
}

#[tokio::test]
async fn an_event_is_marked_only_after_its_follow_up_and_told_again_after_a_crash() {
    let (_db, store, mut conn) = kitchen().await;
    let bus = TestTopics::fresh().await.settings("relaying");
    let hook_fails = Arc::new(AtomicBool::new(true));
    tell(&mut conn, &["a", "b"]).await;
    let relay = Relay::with_hook(&store, &bus, Arc::clone(&hook_fails));
    read(&bus, 2).await;
    eventually("the failing hook is seen", PATIENCE, async || {
        let report = relay.health.report();
        report.checks.iter().any(|check| check.reason.contains("the cache is away"))
    })
    .await;
    assert_eq!(outbox::waiting(&mut conn).await.unwrap(), 2);
    relay.stop().await;

    hook_fails.store(false, Ordering::SeqCst);
    let relay = Relay::with_hook(&store, &bus, hook_fails);
    all_told(&mut conn).await;

    let told: Vec<_> = read(&bus, 4).await.iter().map(|one| text(&one.payload)).collect();
    assert_eq!(told, ["a", "b", "a", "b"]);
    assert_eq!(relay.followed(), ["a", "b"]);
    relay.stop().await;
}

#[tokio::test]
async fn while_the_log_is_away_the_outbox_is_kept() {
    let (_db, store, mut conn) = kitchen().await;
    let bus = TestTopics::fresh().await.settings("relaying");
    let mut nowhere = BusSettings::new("127.0.0.1:1", "relaying");
    nowhere.delivery_timeout = Duration::from_secs(1);
    let relay = Relay::start(&store, &nowhere);
    tell(&mut conn, &["a"]).await;
    eventually("the outage is seen", PATIENCE, async || {
        let report = relay.health.report();
        report.checks.iter().any(|check| check.reason.contains("the log does not take the outbox"))
    })
    .await;
    assert_eq!(outbox::waiting(&mut conn).await.unwrap(), 1);
    relay.stop().await;

    let relay = Relay::start(&store, &bus);
    all_told(&mut conn).await;
    assert_eq!(relay.followed(), ["a"]);
    relay.stop().await;
}

#[tokio::test]
async fn of_two_relays_one_publishes_and_the_other_takes_over() {
    let (_db, store, mut conn) = kitchen().await;
    let bus = TestTopics::fresh().await.settings("relaying");
    let (first, second) = (Relay::start(&store, &bus), Relay::start(&store, &bus));
    eventually("both are well", PATIENCE, async || first.health.is_ready() && second.health.is_ready()).await;
    for name in ["a", "b", "c"] {
        tell(&mut conn, &[name]).await;
        all_told(&mut conn).await;
    }

    let (active, standby) = if first.followed().is_empty() { (second, first) } else { (first, second) };
    assert_eq!((active.followed().len(), standby.followed().len()), (3, 0));
    active.stop().await;
    tell(&mut conn, &["d"]).await;
    all_told(&mut conn).await;

    assert_eq!(standby.followed(), ["d"]);
    standby.stop().await;
}

#[tokio::test]
async fn after_an_outage_of_postgresql_the_relay_goes_on() {
    let (db, store, conn) = kitchen().await;
    drop(conn);
    let bus = TestTopics::fresh().await.settings("relaying");
    let relay = Relay::start(&store, &bus);
    eventually("the relay is well", PATIENCE, async || relay.health.is_ready()).await;

    db.go_away().await;
    eventually("the outage is seen", PATIENCE, async || !relay.health.is_ready()).await;
    db.come_back().await;
    let mut conn = store::connect(&store).await.unwrap();
    tell(&mut conn, &["a"]).await;

    all_told(&mut conn).await;
    eventually("the relay is well again", PATIENCE, async || relay.health.is_ready()).await;
    relay.stop().await;
}

#[tokio::test]
async fn an_event_that_was_never_committed_is_never_told() {
    let (_db, store, mut conn) = kitchen().await;
    let bus = TestTopics::fresh().await.settings("relaying");
    let undone = conn.transaction(async |conn| {
        outbox::push(conn, &[event("never")]).await?;
        Err::<(), _>(StoreError::from(diesel::result::Error::RollbackTransaction))
    });
    assert!(undone.await.is_err());
    let relay = Relay::start(&store, &bus);
    tell(&mut conn, &["told"]).await;
    all_told(&mut conn).await;

    assert_eq!(relay.followed(), ["told"]);
    relay.stop().await;
}

#[tokio::test]
async fn an_event_to_a_topic_that_nobody_knows_stays_and_the_others_are_told() {
    let (_db, store, mut conn) = kitchen().await;
    let bus = TestTopics::fresh().await.settings("relaying");
    tell(&mut conn, &["a", "strange", "b"]).await;
    conn.batch_execute("UPDATE outbox SET topic = 'courier-events' WHERE payload = 'strange'").await.unwrap();
    let relay = Relay::start(&store, &bus);

    eventually("the others are told", PATIENCE, async || relay.followed() == ["a", "b"]).await;

    tell(&mut conn, &["c"]).await;
    eventually("and what comes later", PATIENCE, async || relay.followed() == ["a", "b", "c"]).await;
    eventually("one waits", PATIENCE, async || outbox::waiting(&mut conn).await.unwrap() == 1).await;
    assert!(relay.health.is_ready());
    relay.stop().await;
}
