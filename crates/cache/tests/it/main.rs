//! Redis manners over a real Redis.

use std::time::{Duration, Instant};

use cache::{Cache, CacheError, Heard};
use chassis::Health;
use domain::error::{ErrorKind, ServiceError as _};
use testkit::{TestRedis, eventually, eventually_some};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_json_value_comes_back_as_it_was_and_a_missing_one_is_none() {
    let redis = TestRedis::start().await;
    let cache = Cache::open(&redis.url()).unwrap();

    cache.set_json("menu", &["margherita", "diavola"]).await.unwrap();

    let menu: Option<Vec<String>> = cache.get_json("menu").await.unwrap();
    assert_eq!(menu.unwrap(), ["margherita", "diavola"]);
    assert_eq!(cache.get_json::<Vec<String>>("nothing").await.unwrap(), None);
}

#[tokio::test]
async fn a_value_that_somebody_else_wrote_is_named() {
    let redis = TestRedis::start().await;
    let cache = Cache::open(&redis.url()).unwrap();
    redis::cmd("SET").arg("menu").arg("not JSON").exec_async(&mut redis.connect().await).await.unwrap();

    let error = cache.get_json::<Vec<String>>("menu").await.unwrap_err();

    assert!(matches!(&error, CacheError::Unreadable { key, .. } if key == "menu"), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Internal);
}

#[tokio::test]
async fn without_redis_a_service_starts_and_says_so_in_time() {
    let cache = Cache::open("redis://127.0.0.1:1").unwrap();

    let start = Instant::now();
    let error = cache.ping().await.unwrap_err();

    assert_eq!((error.kind(), error.reason()), (ErrorKind::Unavailable, "DEPENDENCY_DOWN"));
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn after_an_outage_the_same_handle_goes_on() {
    let mut redis = TestRedis::start().await;
    let cache = Cache::open(&redis.url()).unwrap();
    let (health, stop) = (Health::new(), CancellationToken::new());
    let watching = tokio::spawn(cache::watch(cache.clone(), health.check("redis"), stop.clone()));
    eventually("redis is up", PATIENCE, async || health.is_ready()).await;

    redis.kill();
    eventually("the outage is seen", PATIENCE, async || !health.is_ready()).await;
    assert!(cache.ping().await.is_err());
    redis.resume().await;

    eventually("redis is up again", PATIENCE, async || health.is_ready()).await;
    cache.ping().await.unwrap();
    stop.cancel();
    watching.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_server_that_was_started_again_lives_another_life() {
    let mut redis = TestRedis::start().await;
    let cache = Cache::open(&redis.url()).unwrap();
    let first = cache.life().await.unwrap();
    assert_eq!(cache.life().await.unwrap(), first);

    redis.kill();
    redis.resume().await;

    eventually("it answers again", PATIENCE, async || cache.ping().await.is_ok()).await;
    assert_ne!(cache.life().await.unwrap(), first);
}

#[tokio::test]
async fn a_listener_hears_again_after_an_outage() {
    let mut redis = TestRedis::start().await;
    let cache = Cache::open(&redis.url()).unwrap();
    let (ears, mut heard) = broadcast::channel(64);
    let stop = CancellationToken::new();
    let listening = tokio::spawn(cache::subscribe(cache.clone(), &["menu:updated"], ears, stop.clone()));

    for word in ["before", "after"] {
        // what is said before somebody listens is lost, so it is said until it is heard
        let message = eventually_some("it is heard", PATIENCE, async || {
            let _ = cache.publish("menu:updated", word).await;
            heard.try_recv().ok().filter(|message| message.payload == word)
        })
        .await;
        assert_eq!(message, Heard { channel: "menu:updated".to_owned(), payload: word.to_owned() });
        redis.kill();
        redis.resume().await;
    }

    stop.cancel();
    listening.await.unwrap().unwrap();
}
