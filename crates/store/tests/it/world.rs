//! A service's schema with the tables that every service has alike.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use store::{Connection, StoreSettings};
use testkit::TestDb;

pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn settings(db: &TestDb) -> StoreSettings {
    StoreSettings::new(db.url().into(), "kitchen")
}

/// A database with outbox, inbox and commands in the schema `kitchen`.
pub async fn kitchen() -> (TestDb, StoreSettings, Connection) {
    let db = TestDb::fresh().await;
    let settings = settings(&db);
    let mut conn = store::connect(&settings).await.unwrap();
    conn.batch_execute("CREATE SCHEMA kitchen").await.unwrap();
    for tables in [
        include_str!("../../sql/outbox.sql"),
        include_str!("../../sql/inbox.sql"),
        include_str!("../../sql/commands.sql"),
    ] {
        conn.batch_execute(tables).await.unwrap();
    }
    (db, settings, conn)
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Text)]
    answer: String,
}

/// The one text that a query answers under the name `answer`.
pub async fn ask(conn: &mut Connection, query: &str) -> String {
    let answer: Answer = diesel::sql_query(query).get_result(conn).await.unwrap();
    answer.answer
}
