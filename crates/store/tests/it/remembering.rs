use std::time::Duration;

use chrono::DateTime;
use diesel_async::AsyncConnection as _;
use store::commands::{Remembered, recall, remember};
use store::lock::{Mode, SessionLock};
use store::{StoreError, commands, inbox};
use uuid::Uuid;

use crate::world::kitchen;

#[tokio::test]
async fn an_event_told_twice_is_seen_first_once_per_consumer() {
    let (_db, _settings, mut conn) = kitchen().await;
    let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));

    assert!(inbox::first_sight(&mut conn, "stock", one).await.unwrap());
    assert!(!inbox::first_sight(&mut conn, "stock", one).await.unwrap());
    assert!(inbox::first_sight(&mut conn, "finance", one).await.unwrap());
    let new = inbox::first_sights(&mut conn, "stock", &[two, one, two]).await.unwrap();

    assert_eq!(new.into_iter().collect::<Vec<_>>(), [two]);
}

#[tokio::test]
async fn an_event_whose_effect_was_undone_is_new_again() {
    let (_db, _settings, mut conn) = kitchen().await;
    let event = Uuid::from_u128(1);
    let undone = conn.transaction(async |conn| {
        assert!(inbox::first_sight(conn, "stock", event).await?);
        Err::<(), _>(StoreError::from(diesel::result::Error::RollbackTransaction))
    });
    assert!(undone.await.is_err());

    assert!(inbox::first_sight(&mut conn, "stock", event).await.unwrap());
}

#[tokio::test]
async fn of_two_equal_commands_at_once_one_works_and_the_other_reads_its_answer() {
    let (_db, settings, _conn) = kitchen().await;
    let work = async |delay: u64| {
        let mut conn = store::connect(&settings).await.unwrap();
        conn.transaction(async |conn| {
            if let Some(before) = recall(conn, "customer-1", "key-1").await? {
                return Ok::<_, StoreError>((false, before.answer));
            }
            // both would pass the look if it did not lock
            tokio::time::sleep(Duration::from_millis(delay)).await;
            let answer = Remembered { fingerprint: vec![1], answer: delay.to_be_bytes().to_vec() };
            remember(conn, "customer-1", "key-1", &answer, DateTime::UNIX_EPOCH).await?;
            Ok((true, answer.answer))
        })
        .await
        .unwrap()
    };

    let (left, right) = tokio::join!(work(200), work(201));

    assert_ne!(left.0, right.0);
    assert_eq!(left.1, right.1);
}

#[tokio::test]
async fn what_is_old_is_forgotten_in_steps() {
    let (_db, _settings, mut conn) = kitchen().await;
    let answer = Remembered { fingerprint: vec![], answer: vec![7] };
    for key in ["a", "b", "c"] {
        remember(&mut conn, "scope", key, &answer, DateTime::UNIX_EPOCH).await.unwrap();
    }
    let ids: Vec<Uuid> = (1..=3).map(Uuid::from_u128).collect();
    inbox::first_sights(&mut conn, "stock", &ids).await.unwrap();
    let far_ahead = DateTime::from_timestamp_secs(32_503_680_000).unwrap();

    assert_eq!(commands::purge(&mut conn, far_ahead, 2).await.unwrap(), 2);
    assert_eq!(commands::purge(&mut conn, far_ahead, 2).await.unwrap(), 1);
    assert_eq!(inbox::purge(&mut conn, DateTime::UNIX_EPOCH, 10).await.unwrap(), 0);
    assert_eq!(inbox::purge(&mut conn, far_ahead, 10).await.unwrap(), 3);
}

#[tokio::test]
async fn a_lock_lasts_as_long_as_its_holder() {
    let (_db, settings, _conn) = kitchen().await;
    let mut shared = SessionLock::try_take(&settings, "book", Mode::Shared).await.unwrap().unwrap();

    assert!(SessionLock::try_take(&settings, "book", Mode::Shared).await.unwrap().is_some());
    assert!(SessionLock::try_take(&settings, "book", Mode::Exclusive).await.unwrap().is_none());
    assert!(shared.is_held().await);
    drop(shared);
    testkit::eventually("the lock is free", Duration::from_secs(10), async || {
        SessionLock::try_take(&settings, "book", Mode::Exclusive).await.unwrap().is_some()
    })
    .await;
}
