use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bus::{From, Group, LogReader, Producer, SendError};
use chassis::Health;
use contracts::topics::Topic;
use testkit::{TestBroker, TestTopics, at_best_within, eventually};
use tokio_util::sync::CancellationToken;

use crate::world::{Kitchen, Member, PATIENCE, order, text};

const LONGER_THAN_A_SESSION: Duration = Duration::from_secs(12);

#[tokio::test]
async fn after_an_outage_of_the_broker_everybody_goes_on_without_a_restart() {
    let mut broker = TestBroker::start().await;
    let topics = TestTopics::on(&broker.brokers()).await;
    let mut settings = topics.settings("outages");
    settings.delivery_timeout = Duration::from_secs(2);
    let (kitchen, health, stop) = (Kitchen::default(), Health::new(), CancellationToken::new());
    let producer = Producer::new(&settings).unwrap();
    let watching = tokio::spawn({
        let (producer, check, stop) = (producer.clone(), health.check("kafka"), stop.clone());
        async move { producer.watch(check, stop).await }
    });
    let reader = LogReader::new(&settings, &[Topic::PizzaOrders]).unwrap();
    reader.follow_all(From::Beginning).await.unwrap();
    let member = Member::start(&settings, &kitchen);
    producer.send(order("one", "before")).await.unwrap();
    kitchen.has_baked(&["before"]).await;
    assert_eq!(text(&reader.next().await.unwrap()), "before");
    eventually("all is well", PATIENCE, async || health.is_ready() && member.health.is_ready()).await;

    broker.kill();
    let lost = producer.send(order("one", "during")).await.unwrap_err();
    eventually("the outage is seen", PATIENCE, async || !health.is_ready() && !member.health.is_ready())
        .await;
    assert!(matches!(lost, SendError::InDoubt(_)), "{lost:?}");

    broker.resume().await;
    eventually("the broker takes records again", PATIENCE, async || {
        producer.send(order("one", "after")).await.is_ok()
    })
    .await;
    kitchen.has_baked(&["after"]).await;
    let heard = tokio::time::timeout(PATIENCE, reader.next()).await.unwrap().unwrap();
    assert!(["during", "after"].contains(&text(&heard).as_str()));
    eventually("all is well again", PATIENCE, async || health.is_ready() && member.health.is_ready()).await;

    member.stop().await;
    stop.cancel();
    watching.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_partition_that_is_lost_while_its_batch_waits_is_read_on_when_it_comes_back() {
    let mut broker = TestBroker::start().await;
    let topics = TestTopics::on(&broker.brokers()).await;
    let settings = topics.settings("outages");
    let producer = Producer::new(&settings).unwrap();
    let kitchen = Kitchen::default();
    kitchen.store_is_away.store(true, Ordering::SeqCst);
    let group =
        Group { patience: Duration::from_millis(200), ..Group::new("kitchen", &[Topic::PizzaOrders]) };
    producer.send(order("one", "before")).await.unwrap();
    let member = Member::start_as(&settings, group, &kitchen);
    eventually("the batch waits", PATIENCE, async || kitchen.tries.load(Ordering::SeqCst) > 2).await;

    broker.kill();
    // the member may lose its partitions while they are paused
    tokio::time::sleep(LONGER_THAN_A_SESSION).await;
    kitchen.store_is_away.store(false, Ordering::SeqCst);
    kitchen.has_baked(&["before"]).await;
    broker.resume().await;

    eventually("the broker takes records again", PATIENCE, async || {
        producer.send(order("one", "after")).await.is_ok()
    })
    .await;
    kitchen.has_baked(&["after"]).await;
    member.stop().await;
}

#[tokio::test]
async fn after_an_outage_longer_than_a_session_a_reader_goes_on_without_waiting_for_its_old_membership() {
    let mut broker = TestBroker::start().await;
    let topics = TestTopics::on(&broker.brokers()).await;
    let settings = topics.settings("outages");
    let producer = Producer::new(&settings).unwrap();
    let kitchen = Kitchen::default();
    let member = Member::start(&settings, &kitchen);
    producer.send(order("one", "before")).await.unwrap();
    kitchen.has_baked(&["before"]).await;

    let mut outages = 0;
    at_best_within("the reader goes on", Duration::from_secs(5), async || {
        outages += 1;
        let after = format!("after outage {outages}");
        broker.kill();
        tokio::time::sleep(LONGER_THAN_A_SESSION).await;
        broker.resume().await;
        eventually("the broker takes records again", PATIENCE, async || {
            producer.send(order("one", &after)).await.is_ok()
        })
        .await;
        let start = Instant::now();
        kitchen.has_baked(&[&after]).await;
        start.elapsed()
    })
    .await;
    member.stop().await;
}
