use std::time::Duration;

use bus::{From, LogReader, Producer};
use contracts::topics::Topic;
use testkit::TestTopics;

use crate::by_hand;
use crate::world::{Kitchen, Member, PATIENCE, order, place, read_all, text};

async fn next(reader: &LogReader) -> String {
    text(&tokio::time::timeout(PATIENCE, reader.next()).await.expect("a record").unwrap())
}

#[tokio::test]
async fn a_reader_begins_where_it_is_told() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("reading");
    let producer = Producer::new(&settings).unwrap();
    let partition = producer.send(order("one", "a")).await.unwrap().partition;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let second = producer.send(order("one", "b")).await.unwrap();
    let reader = LogReader::new(&settings, &[Topic::PizzaOrders]).unwrap();

    reader.follow(&[(Topic::PizzaOrders, partition, From::Beginning)]).await.unwrap();
    assert_eq!(next(&reader).await, "a");
    let b = tokio::time::timeout(PATIENCE, reader.next()).await.unwrap().unwrap();
    assert_eq!((b.position(), text(&b).as_str()), (second, "b"));

    reader.follow(&[(Topic::PizzaOrders, partition, From::Offset(second.offset))]).await.unwrap();
    assert_eq!(next(&reader).await, "b");

    reader.follow(&[(Topic::PizzaOrders, partition, From::Time(b.timestamp))]).await.unwrap();
    assert_eq!(next(&reader).await, "b");

    reader.follow(&[(Topic::PizzaOrders, partition, From::End)]).await.unwrap();
    place(&settings, "one", &["c"]).await;
    assert_eq!(next(&reader).await, "c");
}

#[tokio::test]
async fn the_ends_of_a_topic_are_the_offsets_of_its_next_records() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("reading");
    let reader = LogReader::new(&settings, &[Topic::PizzaOrders]).unwrap();
    place(&settings, "one", &["a", "b"]).await;

    let ends = bus::end_offsets(&settings, Topic::PizzaOrders).await.unwrap();

    assert_eq!(ends.len(), 6);
    assert_eq!(ends.iter().map(|(_, end)| end).sum::<i64>(), 2);
    assert_eq!(reader.end_offsets(Topic::PizzaOrders).await.unwrap(), ends);
    assert_eq!(reader.partitions(Topic::PizzaOrders).await.unwrap().len(), 6);
}

#[tokio::test]
async fn making_topics_again_changes_nothing() {
    let topics = TestTopics::fresh().await;
    let specs = [Topic::PizzaOrders.spec(), Topic::OrderEvents.spec()];

    let created = bus::ensure_topics(&topics.settings("reading"), &specs, 1).await.unwrap();

    assert!(created.is_empty(), "{created:?}");
}

#[tokio::test]
async fn a_topic_that_does_not_exist_is_named() {
    let mut settings = TestTopics::fresh().await.settings("reading");
    settings.topic_prefix = "nobody-made-these.".to_owned();

    let error = bus::end_offsets(&settings, Topic::MenuEvents).await.unwrap_err();

    assert_eq!(error.to_string(), "topic nobody-made-these.menu-events does not exist");
}

#[tokio::test]
async fn a_header_whose_name_is_no_text_is_left_out_and_the_record_is_read() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("reading");
    let headers: by_hand::Headers<'_> = &[
        (b"event-id", b"01900000-0000-7000-8000-000000000001"),
        (b"\xff\xfename", b"whatever"),
        (b"schema-version", b"1"),
    ];
    by_hand::write(topics.brokers(), &Topic::PizzaOrders.name(topics.prefix()), b"odd", headers);

    let kitchen = Kitchen::default();
    let member = Member::start(&settings, &kitchen);
    kitchen.has_baked(&["odd"]).await;
    member.stop().await;

    let read = read_all(&settings, Topic::PizzaOrders, 1).await;
    assert_eq!((text(&read[0]).as_str(), read[0].schema_version()), ("odd", 1));
    assert!(read[0].headers.event_id().is_some());
}
