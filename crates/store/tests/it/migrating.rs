use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use store::migrate::{MigrateError, check, run};
use testkit::TestDb;

use crate::world::{ask, settings};

const BEFORE: EmbeddedMigrations = embed_migrations!("tests/migrations/before");
const AFTER: EmbeddedMigrations = embed_migrations!("tests/migrations/after");
const BROKEN: EmbeddedMigrations = embed_migrations!("tests/migrations/broken");

#[tokio::test]
async fn migrating_twice_is_migrating_once() {
    let db = TestDb::fresh().await;
    let settings = settings(&db);

    let first = run(&settings, AFTER).await.unwrap();
    let second = run(&settings, AFTER).await.unwrap();

    assert_eq!((first.len(), second.len()), (2, 0));
    check(&settings, AFTER).await.unwrap();
}

#[tokio::test]
async fn of_several_migrators_at_once_one_migrates() {
    let db = TestDb::fresh().await;
    let settings = settings(&db);

    let (a, b, c) = tokio::join!(run(&settings, AFTER), run(&settings, AFTER), run(&settings, AFTER));

    assert_eq!(a.unwrap().len() + b.unwrap().len() + c.unwrap().len(), 2);
}

#[tokio::test]
async fn a_schema_older_than_the_program_is_refused_and_says_what_is_missing() {
    let db = TestDb::fresh().await;
    let settings = settings(&db);
    let nothing = check(&settings, BEFORE).await.unwrap_err();
    run(&settings, BEFORE).await.unwrap();

    let older = check(&settings, AFTER).await.unwrap_err();

    assert!(matches!(nothing, MigrateError::Pending { .. }), "{nothing:?}");
    assert_eq!(older.to_string(), "schema kitchen lacks the migrations 20260201000000: run `migrate` first");
}

#[tokio::test]
async fn a_schema_newer_than_the_program_is_refused_by_serving_and_by_migrating() {
    let db = TestDb::fresh().await;
    let settings = settings(&db);
    run(&settings, AFTER).await.unwrap();

    let serving = check(&settings, BEFORE).await.unwrap_err();
    let migrating = run(&settings, BEFORE).await.unwrap_err();

    assert!(matches!(serving, MigrateError::Unknown { .. }), "{serving:?}");
    assert!(matches!(migrating, MigrateError::Unknown { .. }), "{migrating:?}");
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    let db = TestDb::fresh().await;
    let settings = settings(&db);

    let failed = run(&settings, BROKEN).await.unwrap_err();

    assert!(matches!(failed, MigrateError::Failed { .. }), "{failed:?}");
    let mut conn = store::connect(&settings).await.unwrap();
    let ovens = ask(&mut conn, "SELECT coalesce(to_regclass('kitchen.ovens')::text, 'none') AS answer").await;
    assert_eq!(ovens, "none");
    run(&settings, BEFORE).await.unwrap();
}
