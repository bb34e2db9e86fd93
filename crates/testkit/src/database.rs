//! A database per test: commits, locks and `SKIP LOCKED` behave for real, and tests run in parallel.

use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _};

use crate::stores::database_url;
use crate::sweep;

/// An empty database of its own. It stays after the test, for whoever wants to look at a failure.
#[derive(Debug)]
pub struct TestDb {
    server: String,
    url: String,
    name: String,
}

impl TestDb {
    /// Creates a database on the shared server.
    pub async fn fresh() -> Self {
        let server = database_url();
        let mut admin = AsyncPgConnection::establish(&server).await.expect("PostgreSQL answers");
        sweep::databases(&mut admin).await;
        Self::on(&server).await
    }

    /// Creates a database on a server of the test's own.
    pub async fn on(server: &str) -> Self {
        let name = format!("test_{}", unique());
        let mut admin = AsyncPgConnection::establish(server).await.expect("PostgreSQL answers");
        diesel::sql_query(format!("CREATE DATABASE {name}")).execute(&mut admin).await.unwrap();
        let (base, _) = server.rsplit_once('/').expect("DATABASE_URL names a database");
        Self { server: server.to_owned(), url: format!("{base}/{name}"), name }
    }

    /// Address of the database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection that looks at one service's schema.
    pub async fn connect(&self, schema: &str) -> AsyncPgConnection {
        let mut connection = AsyncPgConnection::establish(&self.url).await.unwrap();
        diesel::sql_query(format!("SET search_path TO {schema}")).execute(&mut connection).await.unwrap();
        connection
    }

    /// Refuses new connections and ends the present ones: PostgreSQL is away, for this database.
    pub async fn go_away(&self) {
        self.admin(&format!("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", self.name)).await;
        let name = &self.name;
        self.admin(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ))
        .await;
    }

    /// Takes connections again.
    pub async fn come_back(&self) {
        self.admin(&format!("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true", self.name)).await;
    }

    async fn admin(&self, statement: &str) {
        let mut admin = AsyncPgConnection::establish(&self.server).await.unwrap();
        diesel::sql_query(statement).execute(&mut admin).await.unwrap();
    }
}

/// A word that no other test uses.
pub fn unique() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{:x}_{}_{count}", since.as_micros(), std::process::id())
}
