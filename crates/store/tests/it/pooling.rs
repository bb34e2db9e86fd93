use std::time::{Duration, Instant};

use chassis::Health;
use diesel_async::SimpleAsyncConnection as _;
use domain::error::{ErrorKind, ServiceError as _};
use store::{Pool, StoreSettings};
use testkit::{Link, TestDb, eventually};
use tokio_util::sync::CancellationToken;

use crate::world::{PATIENCE, ask, settings};

#[tokio::test]
async fn every_connection_sees_its_own_schema_and_has_a_time_limit() {
    let db = TestDb::fresh().await;
    let pool = Pool::open(&settings(&db)).unwrap();
    let mut conn = pool.get().await.unwrap();

    assert_eq!(ask(&mut conn, "SELECT current_setting('search_path') AS answer").await, "kitchen");
    assert_eq!(ask(&mut conn, "SELECT current_setting('statement_timeout') AS answer").await, "5s");
    assert_eq!(ask(&mut conn, "SELECT current_setting('application_name') AS answer").await, "kitchen");
}

#[tokio::test]
async fn a_query_without_an_end_is_ended() {
    let db = TestDb::fresh().await;
    let settings = StoreSettings { statement_timeout: Duration::from_millis(100), ..settings(&db) };
    let mut conn = Pool::open(&settings).unwrap().get().await.unwrap();

    assert!(conn.batch_execute("SELECT pg_sleep(60)").await.is_err());
}

#[tokio::test]
async fn without_postgresql_a_service_starts_and_says_so_in_time() {
    let settings = StoreSettings::new("postgres://nobody:nothing@127.0.0.1:1/none".into(), "kitchen");
    let pool = Pool::open(&settings).unwrap();

    let start = Instant::now();
    let error = pool.ping().await.unwrap_err();

    assert_eq!((error.kind(), error.reason()), (ErrorKind::Unavailable, "DEPENDENCY_DOWN"));
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_pool_that_is_used_up_answers_in_time() {
    let db = TestDb::fresh().await;
    let pool = Pool::open(&StoreSettings { pool_size: 1, ..settings(&db) }).unwrap();
    let taken = pool.get().await.unwrap();

    let start = Instant::now();
    let error = pool.get().await.err().expect("nothing left");

    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(start.elapsed() < Duration::from_secs(3));
    drop(taken);
    pool.ping().await.unwrap();
}

#[tokio::test]
async fn after_an_outage_the_same_pool_goes_on() {
    let db = TestDb::fresh().await;
    let pool = Pool::open(&settings(&db)).unwrap();
    pool.ping().await.unwrap();

    db.go_away().await;
    eventually("the outage is seen", PATIENCE, async || pool.ping().await.is_err()).await;
    db.come_back().await;

    eventually("the pool goes on", PATIENCE, async || pool.ping().await.is_ok()).await;
}

#[tokio::test]
async fn a_postgresql_that_takes_what_is_said_and_does_not_answer_is_reported_down() {
    let db = TestDb::fresh().await;
    let link = Link::to(db.url()).await;
    let pool = Pool::open(&StoreSettings::new(link.url().into(), "kitchen")).unwrap();
    let (health, stop) = (Health::new(), CancellationToken::new());
    let watching = tokio::spawn({
        let (pool, check, stop) = (pool.clone(), health.check("postgres"), stop.clone());
        async move { pool.watch(check, stop).await }
    });
    eventually("it answers", PATIENCE, async || health.is_ready()).await;

    link.freeze();
    eventually("it is down", Duration::from_secs(8), async || !health.is_ready()).await;

    link.heal();
    eventually("it answers again", PATIENCE, async || health.is_ready()).await;
    stop.cancel();
    watching.await.unwrap().unwrap();
}
