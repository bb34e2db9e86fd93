//! Coming back: no gap, no repeat.

use chassis::{Clock as _, SystemClock};
use chrono::TimeDelta;
use contracts::events::v1::order_event::Type;
use contracts::topics::Topic;
use domain::orders::live_hash::state_hash;
use serde_json::Value;
use testkit::{Tablet, TestBroker, TestTopics, eventually};

use crate::stage::{MAIN, PATIENCE, Stage, event, moved, order, orders, slot_changed, snapshot, told};

fn hash_of(orders: &[(String, i64)]) -> String {
    state_hash(orders.iter().map(|(id, version)| (id.parse().unwrap(), *version)))
}

async fn server_hash(tablet: &mut Tablet) -> String {
    let ping = tablet.until(PATIENCE, |frame| frame["type"] == "ping").await;
    ping["data"]["hash"][MAIN].as_str().unwrap().to_owned()
}

async fn resume(stage: &Stage, seqs: &[String]) -> (Tablet, Value) {
    // the service may still be starting
    drop(stage.connect(&stage.tablet_url(), &stage.cook()).await);
    Tablet::resume(&stage.tablet_url(), &stage.cook(), seqs).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_holds_what_the_order_book_and_the_log_have_made_together() {
    let (old, ended) = (order("pending", true), order("ready", true));
    let topics = TestTopics::fresh().await;
    let mut stage = Stage::set(vec![old.clone(), ended.clone()], topics).await;
    let (new, moved_on) = (order("pending", true), moved(&old, "preparing"));
    stage.tell(Type::Created, "", &new).await;
    stage.tell(Type::StatusChanged, "pending", &moved_on).await;
    stage.tell(Type::StatusChanged, "ready", &moved(&ended, "delivered")).await;

    stage.raise().await;
    let mut tablet = stage.connect(&stage.tablet_url(), &stage.cook()).await;
    let held = orders(&snapshot(&mut tablet).await);

    let mut expected = vec![(old.id, 2), (new.id, 1)];
    expected.sort();
    assert_eq!(held, expected);
    assert_eq!(server_hash(&mut tablet).await, hash_of(&held));
}

#[tokio::test(flavor = "multi_thread")]
async fn rts_1_who_missed_a_thousand_events_gets_exactly_those_and_then_goes_on() {
    let stage = Stage::start(vec![]).await;
    let mut tablet = stage.tablet().await;
    let mut latest = order("pending", true);
    stage.tell(Type::Created, "", &latest).await;
    assert_eq!(told(&tablet.next(PATIENCE).await), ("order:created", 1));
    let seqs = tablet.seqs();
    drop(tablet);

    let mut events = Vec::new();
    for _ in 0..1000 {
        latest = moved(&latest, "preparing");
        events.push(event(Type::StatusChanged, "preparing", &latest));
    }
    stage.tell_all(events).await;
    let mut witness = stage.connect(&stage.tablet_url(), &stage.cook()).await;
    witness
        .until(PATIENCE, |frame| frame["data"]["orders"][0]["version"] == 1001 || told(frame).1 == 1001)
        .await;
    let (mut back, hello) = resume(&stage, &seqs).await;

    assert_eq!(hello["resumed"], true);
    for version in 2..=1001 {
        assert_eq!(told(&back.next(PATIENCE).await), ("order:status:changed", version));
    }
    stage.tell(Type::StatusChanged, "preparing", &moved(&latest, "cooking")).await;
    assert_eq!(told(&back.next(PATIENCE).await), ("order:status:changed", 1002));
    assert_eq!(server_hash(&mut back).await, hash_of(&[(latest.id, 1002)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn rts_1_who_missed_more_than_is_kept_gets_a_snapshot_and_then_goes_on() {
    let topics = TestTopics::fresh().await;
    let mut stage = Stage::set(vec![], topics).await;
    stage.config.own.history_events = 5;
    stage.raise().await;
    let mut tablet = stage.tablet().await;
    let mut latest = order("pending", true);
    stage.tell(Type::Created, "", &latest).await;
    tablet.next(PATIENCE).await;
    let seqs = tablet.seqs();
    for _ in 0..6 {
        latest = moved(&latest, "preparing");
        stage.tell(Type::StatusChanged, "preparing", &latest).await;
    }
    tablet.until(PATIENCE, |frame| told(frame).1 == 7).await;

    let (mut back, hello) = resume(&stage, &seqs).await;
    let held = orders(&back.next(PATIENCE).await["data"]);
    stage.tell(Type::StatusChanged, "preparing", &moved(&latest, "cooking")).await;

    assert_eq!((&hello["resumed"], &hello["reason"]), (&false.into(), &"RESUME_REFUSED".into()));
    assert_eq!(held, [(latest.id.clone(), 7)]);
    assert_eq!(told(&back.next(PATIENCE).await), ("order:status:changed", 8));
    assert_eq!(server_hash(&mut back).await, hash_of(&[(latest.id, 8)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_survives_a_restart_of_the_service() {
    let mut stage = Stage::start(vec![]).await;
    let mut tablet = stage.tablet().await;
    let latest = order("pending", true);
    stage.tell(Type::Created, "", &latest).await;
    tablet.next(PATIENCE).await;
    let seqs = tablet.seqs();

    stage.lower();
    assert_eq!(tablet.close_code(PATIENCE).await, 1001);
    let (second, third) = (moved(&latest, "preparing"), moved(&moved(&latest, "preparing"), "cooking"));
    stage.tell(Type::StatusChanged, "pending", &second).await;
    // the order book is ahead of the log: it has stored the third version, whose event comes after the start
    stage.book.orders.lock().unwrap().insert(third.id.clone(), third.clone());
    stage.raise().await;
    let (mut back, hello) = resume(&stage, &seqs).await;
    let mut fresh = stage.connect(&stage.tablet_url(), &stage.cook()).await;
    let held = orders(&snapshot(&mut fresh).await);
    stage.tell(Type::StatusChanged, "preparing", &third).await;
    stage.tell(Type::StatusChanged, "cooking", &moved(&third, "ready")).await;

    assert_eq!(hello["resumed"], true);
    assert_eq!(told(&back.next(PATIENCE).await), ("order:status:changed", 2));
    assert_eq!(told(&back.next(PATIENCE).await), ("order:status:changed", 3));
    assert_eq!(told(&back.next(PATIENCE).await), ("order:status:changed", 4));
    assert_eq!(held, [(latest.id, 3)]);
    assert_eq!(told(&fresh.next(PATIENCE).await), ("order:status:changed", 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_of_the_future_are_refused() {
    let stage = Stage::start(vec![]).await;

    for seqs in [vec!["0:99999".to_owned()], vec!["five".to_owned()], vec![]] {
        let (mut tablet, hello) = resume(&stage, &seqs).await;
        assert_eq!(
            (&hello["resumed"], &hello["reason"]),
            (&false.into(), &"RESUME_REFUSED".into()),
            "{seqs:?}"
        );
        assert_eq!(tablet.next(PATIENCE).await["type"], "snapshot");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_within_history_is_told_of_every_slot_that_changed_meanwhile() {
    let mut stage = Stage::set(vec![], TestTopics::fresh().await).await;
    stage.config.own.history_minutes = 60;
    stage.raise().await;
    let mut tablet = stage.tablet().await;
    let (seqs, now) = (tablet.seqs(), SystemClock.now());
    for (slot, minutes_ago) in [("early", 55), ("late", 0)] {
        let change = slot_changed(slot, now - TimeDelta::minutes(minutes_ago));
        stage.publish(Topic::SlotEvents, MAIN, change).await;
    }
    tablet.until(PATIENCE, |frame| frame["data"]["slot"]["slot_id"] == "late").await;

    let (mut back, hello) = resume(&stage, &seqs).await;

    assert_eq!(hello["resumed"], true);
    for slot in ["early", "late"] {
        assert_eq!(back.next(PATIENCE).await["data"]["slot"]["slot_id"], slot);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_when_the_broker_was_lost_and_is_back() {
    let mut broker = TestBroker::start().await;
    let topics = TestTopics::on(&broker.brokers()).await;
    let mut stage = Stage::set(vec![], topics).await;
    stage.raise().await;
    let mut tablet = stage.tablet().await;
    let latest = order("pending", true);
    stage.tell(Type::Created, "", &latest).await;
    assert_eq!(told(&tablet.next(PATIENCE).await), ("order:created", 1));

    broker.kill();
    eventually("nobody is let in while the log is not followed", PATIENCE, async || {
        Tablet::try_connect(&stage.tablet_url(), &stage.cook()).await.is_none()
    })
    .await;
    broker.resume().await;
    eventually("the broker takes events again", PATIENCE, async || {
        stage.producer.send(event(Type::StatusChanged, "pending", &moved(&latest, "preparing"))).await.is_ok()
    })
    .await;

    assert_eq!(told(&tablet.next(PATIENCE).await), ("order:status:changed", 2));
    drop(stage.tablet().await);
}
