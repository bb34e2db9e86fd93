use std::time::Duration;

use bus::LogReader;
use contracts::events::v1::MenuEvent;
use contracts::menu::v1::{GetSnapshotRequest, MenuSnapshot};
use contracts::topics::Topic;
use edge::ServiceIdentity;
use futures_util::StreamExt as _;
use prost::Message as _;
use testkit::TestTopics;
use tokio::time::timeout;
use tonic::Request;

use crate::bench::{Bench, MARGHERITA, pizza};
use crate::rebuild::shelved;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_is_told_over_kafka_and_redis_and_can_be_asked_for() {
    let topics = TestTopics::fresh().await;
    let mut bench = Bench::with_topics(&topics).await.with_menu().await;
    let revision = bench.menu_of("").await.revision;
    shelved(&bench, revision).await;
    let client = redis::Client::open(bench.redis.url()).unwrap();
    let mut channel = client.get_async_pubsub().await.unwrap();
    channel.subscribe("menu:updated").await.unwrap();

    bench.put_product(pizza(MARGHERITA, "Маргарита с базиликом")).await.unwrap();
    bench.menu_when("", |menu| menu.revision == revision + 1).await;

    let told = timeout(PATIENCE, channel.on_message().next()).await.unwrap().unwrap();
    let payload: String = told.get_payload().unwrap();
    assert_eq!(payload, format!(r#"{{"revision":{}}}"#, revision + 1));
    let asked = asked_for(&mut bench, revision).await;
    assert_eq!(asked.revision, revision + 1);
    assert_eq!(asked_for(&mut bench, revision + 1).await, MenuSnapshot::default());
    let full: String =
        redis::cmd("GET").arg("menu:full").query_async(&mut bench.redis.connect().await).await.unwrap();
    assert_eq!(serde_json::from_str::<MenuSnapshot>(&full).unwrap(), without_nanos(&asked));
    let events = events_until(&topics, revision + 1).await;
    assert_eq!(events.last().unwrap().snapshot.as_ref(), Some(&asked));
    assert!(events.iter().map(|event| event.revision).eq(1..=revision + 1), "every revision, in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_that_has_lost_its_memory_gets_the_menu_again() {
    let mut bench = Bench::start().await.with_menu().await;
    let revision = bench.menu_of("").await.revision;
    shelved(&bench, revision).await;

    bench.redis.forget().await;

    shelved(&bench, revision).await;
}

async fn asked_for(bench: &mut Bench, newer_than: i64) -> MenuSnapshot {
    let identity = ServiceIdentity::new("order-gateway", &bench.keys.internal_secret().into(), true).unwrap();
    let mut request = Request::new(GetSnapshotRequest { newer_than });
    request.metadata_mut().insert("authorization", identity.header().unwrap());
    bench.menu.get_snapshot(request).await.unwrap().into_inner()
}

async fn events_until(topics: &TestTopics, revision: i64) -> Vec<MenuEvent> {
    let mut events: Vec<MenuEvent> = Vec::new();
    let reader = LogReader::new(&topics.settings("test"), &[Topic::MenuEvents]).unwrap();
    reader.follow_all(bus::From::Beginning).await.unwrap();
    while events.last().is_none_or(|event| event.revision < revision) {
        let message = timeout(PATIENCE, reader.next()).await.unwrap().unwrap();
        assert_eq!(message.key.as_deref(), Some(&b"menu"[..]));
        events.push(MenuEvent::decode(message.payload).unwrap());
    }
    events
}

/// JSON times have milliseconds.
fn without_nanos(snapshot: &MenuSnapshot) -> MenuSnapshot {
    serde_json::from_str(&serde_json::to_string(snapshot).unwrap()).unwrap()
}
