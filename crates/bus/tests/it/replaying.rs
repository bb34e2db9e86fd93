use std::collections::BTreeMap;

use bus::{DeadLetters, Headers, Message, Producer, Replay, replay};
use chrono::DateTime;
use contracts::topics::Topic;
use testkit::TestTopics;

use crate::world::{Kitchen, Member, place, read_all, text};

fn wish() -> Replay {
    Replay {
        from: Topic::PizzaOrdersDlq,
        to: Topic::PizzaOrders,
        reason: None,
        offsets: BTreeMap::new(),
        dry_run: false,
    }
}

#[tokio::test]
async fn dead_letters_are_told_again_where_they_came_from() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("replaying");
    place(&settings, "one", &["nonsense", "panic", "good"]).await;
    let kitchen = Kitchen::default();
    let member = Member::start(&settings, &kitchen);
    kitchen.has_baked(&["good"]).await;
    read_all(&settings, Topic::PizzaOrdersDlq, 2).await;
    member.stop().await;

    let dry = replay(&settings, &Replay { dry_run: true, ..wish() }).await.unwrap();
    let some =
        replay(&settings, &Replay { reason: Some("ORDER_INVALID".to_owned()), ..wish() }).await.unwrap();
    let rest = replay(&settings, &Replay { offsets: some.next_offsets.clone(), ..wish() }).await.unwrap();

    assert_eq!((dry.seen, dry.told), (2, 2));
    assert_eq!((some.seen, some.told), (2, 1));
    assert_eq!((rest.seen, rest.told), (0, 0));
    assert_eq!(some.next_offsets, BTreeMap::from([(0, 2)]));
    let again = read_all(&settings, Topic::PizzaOrders, 4).await.pop().unwrap();
    assert_eq!((text(&again).as_str(), again.key.as_deref()), ("nonsense", Some(b"one".as_slice())));
    assert!(again.headers.get("replayed-from").unwrap().ends_with("pizza-orders.dlq/0/0"));
    assert_eq!((again.headers.get("dead.reason"), again.headers.get("dead.origin")), (None, None));
    assert!(again.headers.event_id().is_some());
}

fn large(key: Vec<u8>, headers: Headers) -> Message {
    Message {
        topic: Topic::PizzaOrders,
        partition: 2,
        offset: 7,
        key: Some(key),
        payload: vec![b'x'; 2_000_000].into(),
        timestamp: DateTime::UNIX_EPOCH,
        headers,
    }
}

#[tokio::test]
async fn a_dead_letter_that_no_topic_takes_is_kept_without_its_payload_and_not_told_again() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("replaying");
    let dead = DeadLetters::new(Producer::new(&settings).unwrap(), Topic::PizzaOrdersDlq);
    let record = large(b"one".to_vec(), Headers::new());

    dead.keep(&record, "ORDER_INVALID: too long").await.unwrap();

    let letter = read_all(&settings, Topic::PizzaOrdersDlq, 1).await.remove(0);
    assert_eq!((text(&letter).as_str(), letter.key.as_deref()), ("", Some(b"one".as_slice())));
    assert_eq!(letter.headers.get("dead.truncated"), Some("2000000"));
    assert_eq!(letter.headers.get("dead.reason"), Some("ORDER_INVALID: too long"));
    assert!(letter.headers.get("dead.origin").unwrap().ends_with("pizza-orders/2/7"));
    let replayed = replay(&settings, &wish()).await.unwrap();
    assert_eq!((replayed.seen, replayed.told), (1, 0));
}

#[tokio::test]
async fn a_record_whose_key_and_headers_alone_are_too_large_does_not_hold_up_its_partition() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("replaying");
    let dead = DeadLetters::new(Producer::new(&settings).unwrap(), Topic::PizzaOrdersDlq);
    let mut headers = Headers::new();
    headers.set("event-id", "01900000-0000-7000-8000-000000000001");
    headers.set("story", vec![b'x'; 2_000_000]);

    dead.keep(&large(vec![b'x'; 2_000_000], headers), "ORDER_INVALID: too long").await.unwrap();

    let letter = read_all(&settings, Topic::PizzaOrdersDlq, 1).await.remove(0);
    assert_eq!((letter.key.as_deref(), letter.headers.get("story")), (None, None));
    assert_eq!(letter.headers.get("dead.reason"), Some("ORDER_INVALID: too long"));
    assert!(letter.headers.get("dead.origin").unwrap().ends_with("pizza-orders/2/7"));
    assert!(letter.headers.event_id().is_some());
}
