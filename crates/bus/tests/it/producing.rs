use std::time::{Duration, Instant};

use bus::{BusSettings, Producer, SendError, partition_for};
use chassis::TraceContext;
use contracts::topics::Topic;
use domain::error::{ErrorKind, ServiceError as _};
use testkit::TestTopics;

use crate::world::{order, read_all, text};

#[tokio::test]
async fn an_acknowledged_record_can_be_read_with_everything_it_says() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("producing");
    let producer = Producer::new(&settings).unwrap();
    let trace = TraceContext::fresh();
    let mut record = order("order-1", "margherita");
    record.trace = Some(trace);
    record.extra_headers = vec![("branch".to_owned(), "MAIN".to_owned())];

    let position = producer.send(record).await.unwrap();

    let read = read_all(&settings, Topic::PizzaOrders, 1).await.remove(0);
    assert_eq!((read.position(), text(&read).as_str()), (position, "margherita"));
    assert_eq!(read.partition, partition_for(b"order-1", 6));
    assert_eq!(read.headers.get("content-type"), Some("application/x-protobuf; message=order.PizzaOrder"));
    assert_eq!((read.headers.get("schema-version"), read.schema_version()), (Some("1"), 1));
    assert_eq!(read.headers.get("branch"), Some("MAIN"));
    assert_eq!(read.headers.trace(), Some(trace));
    assert!(read.headers.event_id().is_some());
}

#[tokio::test]
async fn many_records_of_one_key_keep_their_order() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("producing");
    let producer = Producer::new(&settings).unwrap();
    let payloads: Vec<String> = (0..30_000).map(|count| count.to_string()).collect();

    // more than the client's queue holds
    producer.send_all(payloads.iter().map(|payload| order("one", payload)).collect()).await.unwrap();

    let read = read_all(&settings, Topic::PizzaOrders, payloads.len()).await;
    assert_eq!(read.iter().map(text).collect::<Vec<_>>(), payloads);
}

#[tokio::test]
async fn a_record_that_is_too_large_is_refused_for_certain() {
    let topics = TestTopics::fresh().await;
    let producer = Producer::new(&topics.settings("producing")).unwrap();

    let refused = producer.send(order("big", &"x".repeat(2_000_000))).await.unwrap_err();

    assert!(matches!(refused, SendError::Refused(_)), "{refused:?}");
    assert_eq!((refused.kind(), refused.reason()), (ErrorKind::Unavailable, "ORDER_LOG_DOWN"));
}

#[tokio::test]
async fn a_record_without_an_answer_is_in_doubt_after_the_deadline() {
    let mut settings = BusSettings::new("127.0.0.1:1", "producing");
    settings.delivery_timeout = Duration::from_secs(1);
    let producer = Producer::new(&settings).unwrap();

    let start = Instant::now();
    let in_doubt = producer.send(order("order-1", "margherita")).await.unwrap_err();

    assert!(matches!(in_doubt, SendError::InDoubt(_)), "{in_doubt:?}");
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let mut settings = BusSettings::new("127.0.0.1:1", "producing");
    settings.delivery_timeout = Duration::from_secs(20);
    let producer = Producer::new(&settings).unwrap();
    let payload = "x".repeat(100_000);

    // 32 MiB wait for a broker that is not there
    let mut waiting = Vec::new();
    for _ in 0..340 {
        let (producer, record) = (producer.clone(), order("order-1", &payload));
        waiting.push(tokio::spawn(async move { producer.send(record).await }));
    }
    let refused = loop {
        let attempt = producer.send(order("order-1", &payload));
        match tokio::time::timeout(Duration::from_millis(300), attempt).await {
            Ok(outcome) => break outcome.unwrap_err(),
            Err(_) => tokio::task::yield_now().await,
        }
    };

    assert!(matches!(refused, SendError::Refused(_)), "{refused:?}");
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}
