//! From the log to the tables and events.

use std::sync::Arc;

use bus::{From, Headers, LogReader, Message};
use chassis::SystemClock;
use contracts::events::v1::order_event::Type;
use contracts::order::PizzaOrder;
use contracts::topics::Topic;
use order_consumer::app::App;
use order_consumer::events::accepted::accepted;
use order_consumer::replay;
use prost::Message as _;
use testkit::eventually;

use crate::builders::{accepted_at, delivery, now};
use crate::house::{House, SOON, TRACE, get, neighbour, signed};

#[tokio::test(flavor = "multi_thread")]
async fn orders_told_twice_are_stored_once_and_told_of_with_the_same_event() {
    let house = House::start().await;
    let orders = [delivery(), delivery(), delivery()];
    let mut events = house.events().await;

    house.commit(&[&orders[0], &orders[1], &orders[2]]).await;
    let first = events.of(&orders[0], 1).await;
    house.commit(&[&orders[0]]).await;
    let last = delivery();
    house.place(&[&last]).await;

    assert_eq!(house.count("SELECT count(*) FROM orders").await, 4);
    assert_eq!(house.count("SELECT count(*) FROM order_items").await, 8);
    assert_eq!(first.r#type(), Type::Created);
    assert_eq!((first.to_status.as_str(), first.actor.as_str()), ("pending", "system"));
    let state = first.order.clone().unwrap();
    assert!(state.shown);
    assert_eq!((state.version, state.history.len(), state.items[0].version), (1, 1, 1));
    for order in &orders {
        events.of(order, 1).await;
    }
    let told = events.heard.iter().filter(|(event, _)| event.order_id == orders[0].id);
    for (again, trace) in told {
        assert_eq!(again, &first);
        assert_eq!(trace.unwrap().header(), TRACE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_record_of_an_order_wins_and_is_kept_to_the_byte() {
    let house = House::start().await;
    let first = delivery();
    let second = PizzaOrder { customer_first_name: "Борис".to_owned(), ..first.clone() };

    house.place(&[&first]).await;
    house.commit(&[&second]).await;
    house.place(&[&delivery()]).await;

    let digits = hex(&first.encode_to_vec());
    let same = format!("SELECT count(*) FROM orders WHERE record = decode('{digits}', 'hex')");
    assert_eq!(house.count(&same).await, 1);
    assert_eq!(house.count("SELECT count(*) FROM orders").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_stored_by_a_process_that_died_before_telling_is_told_by_the_next() {
    let mut house = House::new().await;
    let order = delivery();
    house.commit(&[&order]).await;
    let pool = store::Pool::open(&house.config().store).unwrap();
    let stored =
        App::new(pool, Arc::new(SystemClock)).persist(vec![accepted(&as_read(&order)).unwrap()]).await;
    assert_eq!(stored.unwrap().stored, 1);

    house.resume().await;

    let told = house.events().await.of(&order, 1).await;
    assert_eq!(told.r#type(), Type::Created);
    assert_eq!(house.count("SELECT count(*) FROM orders").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_order_goes_to_the_dead_letters_alone_and_comes_again_by_replay() {
    let mut house = House::new().await;
    let orders = [delivery(), delivery(), delivery()];
    let wrong = PizzaOrder { total_price: 1, ..delivery() };
    house.commit(&[&orders[0]]).await;
    house.commit_bytes(&delivery(), b"\xffno message".to_vec()).await;
    house.commit(&[&orders[1], &wrong, &orders[2]]).await;
    house.resume().await;

    let mut events = house.events().await;
    for order in &orders {
        events.of(order, 1).await;
    }
    let letters = LogReader::new(&house.topics.settings("letters"), &[Topic::PizzaOrdersDlq]).unwrap();
    letters.follow_all(From::Beginning).await.unwrap();
    let mut reasons = vec![reason(&letters).await, reason(&letters).await];
    reasons.sort();
    assert!(reasons[0].starts_with("RECORD_INVALID: record "), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("cannot be decoded")), "{reasons:?}");
    assert!(
        reasons.iter().any(|reason| reason.contains("the total is 1, the items make 1197")),
        "{reasons:?}"
    );
    assert_eq!(house.count("SELECT count(*) FROM orders").await, 3);

    let arguments = ["--reason", "the total is"].map(ToOwned::to_owned);
    replay::run(&house.config(), &arguments).await.unwrap();

    assert!(reason(&letters).await.contains("the total is 1"));
    house.place(&[&delivery()]).await;
    assert_eq!(house.count("SELECT count(*) FROM orders").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_postgresql_cannot_hold_makes_a_dead_letter_and_holds_up_nobody() {
    let house = House::start().await;
    let wrong = PizzaOrder { business_date: "-10000-01-01".to_owned(), ..delivery() };
    let order = delivery();

    house.commit(&[&wrong]).await;
    house.place(&[&order]).await;

    let letters = LogReader::new(&house.topics.settings("letters"), &[Topic::PizzaOrdersDlq]).unwrap();
    letters.follow_all(From::Beginning).await.unwrap();
    assert!(reason(&letters).await.contains("business_date cannot be read"));
    assert_eq!(house.count("SELECT count(*) FROM orders").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_order_with_a_taken_key_is_told_as_a_duplicate_and_not_stored() {
    let house = House::start().await;
    let (first, second, third) = (with_key(delivery()), with_key(delivery()), with_key(delivery()));
    house.place(&[&first]).await;

    house.commit(&[&second, &third]).await;

    let mut events = house.events().await;
    let (neighbour, mut client) = (neighbour(&house.keys), house.client().await);
    for duplicate in [&second, &third] {
        let told = events.of(duplicate, 1).await;
        assert_eq!(told.r#type(), Type::Duplicate);
        assert_eq!(told.original_order_id, first.id);
        assert_eq!(told.order.unwrap().branch_id, first.branch_id);
        let tracked = client.track_order(signed(&neighbour, get(duplicate))).await.unwrap().into_inner();
        assert_eq!(tracked.order.unwrap().order_id, first.id);
    }
    assert_eq!(house.count("SELECT count(*) FROM orders").await, 1);
    assert_eq!(house.count("SELECT count(*) FROM order_keys").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_used_three_days_ago_is_free_and_an_old_order_that_comes_late_keeps_its_own() {
    let house = House::start().await;
    let before = |days: i64| with_key(accepted_at(now() - chrono::TimeDelta::days(days)));
    let (late, old, new, again) = (before(6), before(3), before(0), before(0));
    let mut events = house.events().await;

    for order in [&old, &new, &late, &again] {
        house.place(&[order]).await;
    }

    for order in [&late, &old, &new] {
        assert_eq!(events.of(order, 1).await.r#type(), Type::Created);
    }
    assert_eq!(events.of(&again, 1).await.original_order_id, new.id);
    assert_eq!(house.count("SELECT count(*) FROM orders").await, 3);
    let owner = format!("SELECT count(*) FROM order_keys WHERE order_id = '{}'", new.id);
    assert_eq!(house.count(&owner).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_told_as_a_duplicate_stays_one_when_its_key_has_gone_to_another_order() {
    let house = House::new().await;
    let before = |days: i64| with_key(accepted_at(now() - chrono::TimeDelta::days(days)));
    let (original, duplicate, new) = (before(3), before(3), before(0));
    let app = App::new(store::Pool::open(&house.config().store).unwrap(), Arc::new(SystemClock));
    let read = |order: &PizzaOrder| accepted(&as_read(order)).unwrap();
    let told = app.persist(vec![read(&original), read(&duplicate)]).await.unwrap();
    assert_eq!(told.duplicates[0].original.to_string(), original.id);
    assert_eq!(app.persist(vec![read(&new)]).await.unwrap().stored, 1);

    // as when the group is set back to an earlier place in the log
    let again = app.persist(vec![read(&original), read(&duplicate), read(&new)]).await.unwrap();

    assert_eq!((again.stored, again.begun.len(), again.duplicates.len()), (0, 2, 1));
    assert_eq!(again.duplicates[0].order.id, duplicate.id);
    assert_eq!(again.duplicates[0].original.to_string(), original.id);
    assert_eq!(house.count("SELECT count(*) FROM orders").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_bound_anew_while_old_ones_are_forgotten_stays_bound() {
    let house = House::new().await;
    let app = App::new(store::Pool::open(&house.config().store).unwrap(), Arc::new(SystemClock));
    let mut conn = house.db.connect("orders").await;
    let old = "INSERT INTO order_keys VALUES ('s', 'old', gen_random_uuid(), '', now() - interval '31 days'), \
                                            ('s', 'anew', gen_random_uuid(), '', now() - interval '31 days')";
    diesel_async::SimpleAsyncConnection::batch_execute(&mut conn, old).await.unwrap();
    let bind_anew = "BEGIN; UPDATE order_keys SET created_at = now() WHERE key = 'anew'";
    diesel_async::SimpleAsyncConnection::batch_execute(&mut conn, bind_anew).await.unwrap();

    // it has seen the old binding, and waits for the new one to be there
    let forgetting = tokio::spawn(async move { app.forget_old().await });
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                 AND datname = current_database()";
    eventually("it waits", SOON, async || house.count(waits).await == 1).await;
    diesel_async::SimpleAsyncConnection::batch_execute(&mut conn, "COMMIT").await.unwrap();
    forgetting.await.unwrap().unwrap();

    assert_eq!(house.count("SELECT count(*) FROM order_keys WHERE key = 'anew'").await, 1);
    assert_eq!(house.count("SELECT count(*) FROM order_keys").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_orders_in_one_batch_the_first_gets_a_key_that_has_become_free() {
    let house = House::new().await;
    let old = with_key(accepted_at(now() - chrono::TimeDelta::days(3)));
    let (first, second) = (with_key(delivery()), with_key(delivery()));
    let app = App::new(store::Pool::open(&house.config().store).unwrap(), Arc::new(SystemClock));
    let read = |order: &PizzaOrder| accepted(&as_read(order)).unwrap();
    app.persist(vec![read(&old)]).await.unwrap();

    let persisted = app.persist(vec![read(&first), read(&second)]).await.unwrap();

    assert_eq!(persisted.stored, 1);
    assert_eq!(persisted.begun[0].id.to_string(), first.id);
    assert_eq!(persisted.duplicates[0].original.to_string(), first.id);
    assert_eq!(house.count("SELECT count(*) FROM orders").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_lies_in_the_partition_of_its_month() {
    let house = House::start().await;
    let old = accepted_at(now() - chrono::TimeDelta::days(400));

    house.place(&[&delivery(), &old]).await;

    assert_eq!(house.count("SELECT count(*) FROM orders_default").await, 1);
    assert_eq!(house.count("SELECT count(*) FROM orders").await, 2);
    let partitions = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'orders'::regclass";
    assert_eq!(house.count(partitions).await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_is_missing_is_made_and_what_nobody_asks_for_any_more_is_forgotten() {
    let mut house = House::new().await;
    let mut conn = house.db.connect("orders").await;
    let partitions = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'order_items'::regclass";
    diesel_async::SimpleAsyncConnection::batch_execute(
        &mut conn,
        "DO $$ BEGIN EXECUTE 'DROP TABLE ' || (SELECT max(inhrelid::regclass::text) FROM pg_inherits \
             WHERE inhparent = 'order_items'::regclass AND inhrelid::regclass::text LIKE '%y2%'); END $$; \
         INSERT INTO commands VALUES ('anna', 'old', '', '', now() - interval '49 hours'), \
                                     ('anna', 'new', '', '', now()); \
         INSERT INTO order_keys VALUES ('s', 'old', gen_random_uuid(), '', now() - interval '31 days'), \
                                       ('s', 'new', gen_random_uuid(), '', now())",
    )
    .await
    .unwrap();
    assert_eq!(house.count(partitions).await, 5);

    house.resume().await;

    eventually("the month is there", SOON, async || house.count(partitions).await == 6).await;
    eventually("old keys and answers are gone", SOON, async || {
        house
            .count("SELECT (SELECT count(*) FROM commands) + (SELECT count(*) FROM order_keys) AS count")
            .await
            == 2
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_whose_rows_are_astray_keeps_no_other_table_from_getting_its_months() {
    let house = House::new().await;
    let mut conn = house.db.connect("orders").await;
    let app = App::new(store::Pool::open(&house.config().store).unwrap(), Arc::new(SystemClock));
    let missing = "DO $$ DECLARE last text := to_char(now() AT TIME ZONE 'UTC' + interval '3 months', '\"_y\"YYYY\"m\"MM'); \
         BEGIN EXECUTE format('DROP TABLE %I, %I', 'order_items' || last, 'order_history' || last); END $$; \
         INSERT INTO order_items (order_id, created_at, item_index, item_id, product_id, name, quantity, unit_price) \
         VALUES (gen_random_uuid(), now() + interval '3 months', 0, gen_random_uuid(), '', '', 1, 1)";
    diesel_async::SimpleAsyncConnection::batch_execute(&mut conn, missing).await.unwrap();
    let partitions =
        |table: &str| format!("SELECT count(*) FROM pg_inherits WHERE inhparent = '{table}'::regclass");
    assert_eq!(house.count(&partitions("order_history")).await, 5);

    let error = app.keep_partitions().await.unwrap_err();

    assert!(format!("{error:?}").contains("order_items_default"), "{error:?}");
    assert_eq!(house.count(&partitions("order_history")).await, 6);
    assert_eq!(house.count(&partitions("order_items")).await, 5);
}

fn with_key(order: PizzaOrder) -> PizzaOrder {
    PizzaOrder {
        idempotency_scope: "branch:caller".to_owned(),
        idempotency_key: "k-1".to_owned(),
        fingerprint: vec![1; 32],
        ..order
    }
}

fn as_read(order: &PizzaOrder) -> Message {
    Message {
        topic: Topic::PizzaOrders,
        partition: 0,
        offset: 0,
        key: None,
        payload: order.encode_to_vec().into(),
        timestamp: now(),
        headers: Headers::new(),
    }
}

async fn reason(letters: &LogReader) -> String {
    let letter = tokio::time::timeout(SOON, letters.next()).await.unwrap().unwrap();
    letter.headers.get("dead.reason").unwrap().to_owned()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut digits = String::new();
    for byte in bytes {
        write!(digits, "{byte:02x}").unwrap();
    }
    digits
}
