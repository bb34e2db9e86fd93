use std::sync::atomic::Ordering;
use std::time::Duration;

use bus::{Group, Producer};
use contracts::topics::Topic;
use testkit::{TestTopics, eventually};

use crate::world::{Counter, Kitchen, Member, PATIENCE, order, place, read_all, text};

#[tokio::test]
async fn a_record_that_is_refused_goes_to_the_dead_letters_and_the_others_get_through() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("consuming");
    let kitchen = Kitchen::default();
    place(&settings, "one", &["a", "b", "nonsense", "c", "panic", "d"]).await;

    let member = Member::start(&settings, &kitchen);

    kitchen.has_baked(&["a", "b", "c", "d"]).await;
    let letters = read_all(&settings, Topic::PizzaOrdersDlq, 2).await;
    member.stop().await;
    assert_eq!(kitchen.baked(), ["a", "b", "c", "d"]);
    let (nonsense, panic) = (&letters[0], &letters[1]);
    assert_eq!((text(nonsense).as_str(), text(panic).as_str()), ("nonsense", "panic"));
    assert_eq!(nonsense.key.as_deref(), Some(b"one".as_slice()));
    assert_eq!(nonsense.headers.get("dead.reason"), Some("ORDER_INVALID: the order makes no sense"));
    assert!(panic.headers.get("dead.reason").unwrap().contains("panicked"));
    let origin = nonsense.headers.get("dead.origin").unwrap();
    assert!(
        origin.starts_with(&Topic::PizzaOrders.name(topics.prefix())) && origin.ends_with("/2"),
        "{origin}"
    );
    assert!(nonsense.headers.trace().is_some() && nonsense.headers.event_id().is_some());
}

#[tokio::test]
async fn a_panic_that_does_not_come_again_buries_no_record() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("consuming");
    let kitchen = Kitchen::default();
    kitchen.panics_to_come.store(2, Ordering::SeqCst);
    place(&settings, "one", &["a"]).await;

    let member = Member::start(&settings, &kitchen);

    kitchen.has_baked(&["a"]).await;
    member.stop().await;
    let ends = bus::end_offsets(&settings, Topic::PizzaOrdersDlq).await.unwrap();
    assert!(ends.iter().all(|(_, end)| *end == 0), "{ends:?}");
}

#[tokio::test]
async fn while_a_store_is_away_the_partition_waits_and_nothing_is_lost() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("consuming");
    let kitchen = Kitchen::default();
    kitchen.store_is_away.store(true, Ordering::SeqCst);
    place(&settings, "one", &["a", "b"]).await;
    // so short that the group is polled beside the waiting batch
    let group =
        Group { patience: Duration::from_millis(200), ..Group::new("kitchen", &[Topic::PizzaOrders]) };
    let member = Member::start_as(&settings, group, &kitchen);
    eventually("several tries", PATIENCE, async || kitchen.tries.load(Ordering::SeqCst) > 3).await;
    assert!(!member.health.is_ready());
    place(&settings, "one", &["c"]).await;
    place(&settings, "two", &["d"]).await;

    kitchen.store_is_away.store(false, Ordering::SeqCst);

    kitchen.has_baked(&["a", "b", "c", "d"]).await;
    eventually("the group is well again", PATIENCE, async || member.health.is_ready()).await;
    member.stop().await;
    let first_key: Vec<_> = kitchen.baked().into_iter().filter(|text| text != "d").collect();
    assert_eq!(first_key, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_batch_that_is_too_much_at_once_gets_through_in_parts() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("consuming");
    let kitchen = Kitchen::default();
    kitchen.most_at_once.store(3, Ordering::SeqCst);
    place(&settings, "one", &["a", "b", "c", "nonsense", "d", "e", "f"]).await;

    let member = Member::start(&settings, &kitchen);

    kitchen.has_baked(&["a", "b", "c", "d", "e", "f"]).await;
    let letters = read_all(&settings, Topic::PizzaOrdersDlq, 1).await;
    place(&settings, "one", &["g"]).await;
    kitchen.has_baked(&["g"]).await;
    member.stop().await;
    assert_eq!(kitchen.baked(), ["a", "b", "c", "d", "e", "f", "g"]);
    assert_eq!(text(&letters[0]), "nonsense");
    let ends = bus::end_offsets(&settings, Topic::PizzaOrdersDlq).await.unwrap();
    assert_eq!(ends.iter().map(|(_, end)| end).sum::<i64>(), 1, "{ends:?}");
}

#[tokio::test]
async fn an_outage_that_outlasts_every_halving_buries_nothing_and_keeps_the_order() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("consuming");
    let kitchen = Kitchen::default();
    kitchen.store_is_away.store(true, Ordering::SeqCst);
    place(&settings, "one", &["a", "b", "c", "d"]).await;
    let member = Member::start(&settings, &kitchen);
    // four at once, two, one, and that one once more
    eventually("many tries", PATIENCE, async || kitchen.tries.load(Ordering::SeqCst) > 7).await;
    assert!(!member.health.is_ready());
    place(&settings, "one", &["e"]).await;

    kitchen.store_is_away.store(false, Ordering::SeqCst);

    kitchen.has_baked(&["a", "b", "c", "d", "e"]).await;
    eventually("the group is well again", PATIENCE, async || member.health.is_ready()).await;
    member.stop().await;
    assert_eq!(kitchen.baked(), ["a", "b", "c", "d", "e"]);
    let ends = bus::end_offsets(&settings, Topic::PizzaOrdersDlq).await.unwrap();
    assert!(ends.iter().all(|(_, end)| *end == 0), "{ends:?}");
}

#[tokio::test]
async fn records_that_may_wait_come_together() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("consuming");
    let kitchen = Kitchen::default();
    let group = Group { gather: Duration::from_millis(500), ..Group::new("kitchen", &[Topic::PizzaOrders]) };
    let member = Member::start_as(&settings, group, &kitchen);
    place(&settings, "one", &["first"]).await;
    kitchen.has_baked(&["first"]).await;
    let before = kitchen.tries.load(Ordering::SeqCst);

    let producer = Producer::new(&settings).unwrap();
    let names: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    for name in &names {
        producer.send(order("one", name)).await.unwrap();
    }

    kitchen.has_baked(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let batches = kitchen.tries.load(Ordering::SeqCst) - before;
    member.stop().await;
    assert!(batches <= names.len() / 2, "{batches} batches of {} records", names.len());
}

#[tokio::test]
async fn what_was_not_finished_is_read_again_and_what_was_is_not() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("consuming");
    let first = Kitchen::default();
    place(&settings, "one", &["a", "b"]).await;
    let member = Member::start(&settings, &first);
    first.has_baked(&["a", "b"]).await;
    member.stop().await;

    // the next process dies while its store is away
    let second = Kitchen::default();
    second.store_is_away.store(true, Ordering::SeqCst);
    place(&settings, "one", &["c"]).await;
    let member = Member::start(&settings, &second);
    eventually("a try", PATIENCE, async || second.tries.load(Ordering::SeqCst) > 0).await;
    member.abandon();

    let third = Kitchen::default();
    let member = Member::start(&settings, &third);
    third.has_baked(&["c"]).await;
    member.stop().await;
    assert_eq!(third.baked(), ["c"]);
}

#[tokio::test]
async fn stopping_while_a_store_is_away_does_not_wait_for_it() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("consuming");
    let kitchen = Kitchen::default();
    kitchen.store_is_away.store(true, Ordering::SeqCst);
    place(&settings, "one", &["a"]).await;
    let member = Member::start(&settings, &kitchen);
    eventually("a try", PATIENCE, async || kitchen.tries.load(Ordering::SeqCst) > 0).await;

    member.stop().await;

    kitchen.store_is_away.store(false, Ordering::SeqCst);
    let member = Member::start(&settings, &kitchen);
    kitchen.has_baked(&["a"]).await;
    member.stop().await;
}

#[tokio::test]
async fn two_members_share_the_partitions_and_one_takes_over() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("consuming");
    let (left, right) = (Kitchen::default(), Kitchen::default());
    let producer = bus::Producer::new(&settings).unwrap();
    let (first, second) = (Member::start(&settings, &left), Member::start(&settings, &right));

    // until each of the two has got something
    let mut placed = Vec::new();
    eventually("both bake", PATIENCE, async || {
        let name = format!("{}", placed.len());
        producer.send(order(&name, &name)).await.unwrap();
        placed.push(name);
        !left.baked().is_empty() && !right.baked().is_empty()
    })
    .await;
    second.stop().await;
    for count in 0..20 {
        let name = format!("late-{count}");
        producer.send(order(&name, &name)).await.unwrap();
        placed.push(name);
    }

    eventually("everything is baked", PATIENCE, async || {
        let baked = [left.baked(), right.baked()].concat();
        placed.iter().all(|name| baked.contains(name))
    })
    .await;
    first.stop().await;
}

#[tokio::test]
async fn the_next_batch_is_handled_while_one_is_finished_and_they_are_finished_in_order() {
    let topics = TestTopics::fresh().await;
    let settings = topics.settings("consuming");
    let counter = Counter::default();
    let group = || Group { batch_max: 1, ..Group::new("counter", &[Topic::PizzaOrders]) };
    place(&settings, "one", &["a", "b", "c"]).await;
    let handled = |counter: &Counter| counter.handled.lock().unwrap().clone();

    let member = Member::start_as(&settings, group(), &counter);
    eventually("the second is handled", PATIENCE, async || handled(&counter) == ["a", "b"]).await;
    assert!(counter.finished.lock().unwrap().is_empty());
    member.abandon();

    // what was not finished was not marked
    let next = Counter::default();
    next.door.add_permits(1);
    let member = Member::start_as(&settings, group(), &next);
    eventually("all are finished", PATIENCE, async || next.finished.lock().unwrap().len() == 3).await;
    member.stop().await;
    assert_eq!(*next.finished.lock().unwrap(), ["a", "b", "c"]);
    assert_eq!(handled(&next), ["a", "b", "c"]);
}
