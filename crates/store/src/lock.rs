//! Advisory locks that last as long as a connection.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};

use crate::connection::connect;
use crate::error::StoreError;
use crate::settings::StoreSettings;

/// A lock held on a connection of its own; dropping it gives the lock back.
pub struct SessionLock {
    conn: AsyncPgConnection,
}

/// Whether others may hold the lock as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nobody else.
    Exclusive,
    /// Everybody who shares.
    Shared,
}

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Bool)]
    locked: bool,
}

const PING_PATIENCE: Duration = Duration::from_secs(2);

impl SessionLock {
    /// Takes the lock, or answers `None` at once when it is taken.
    pub async fn try_take(
        settings: &StoreSettings,
        name: &str,
        mode: Mode,
    ) -> Result<Option<Self>, StoreError> {
        let mut conn = connect(settings).await?;
        let name = format!("{}:{name}", settings.schema);
        Ok(try_lock(&mut conn, &name, mode).await?.then_some(Self { conn }))
    }

    /// Whether the lock is still ours: it goes with its connection.
    pub async fn is_held(&mut self) -> bool {
        let ping = self.conn.batch_execute("SELECT 1");
        matches!(tokio::time::timeout(PING_PATIENCE, ping).await, Ok(Ok(())))
    }
}

/// Takes the lock on `conn`, or answers `false` at once when it is taken.
pub async fn try_lock(conn: &mut AsyncPgConnection, name: &str, mode: Mode) -> Result<bool, StoreError> {
    let query = match mode {
        Mode::Exclusive => "SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked",
        Mode::Shared => "SELECT pg_try_advisory_lock_shared(hashtextextended($1, 0)) AS locked",
    };
    let answer: Locked = diesel::sql_query(query).bind::<Text, _>(name).get_result(conn).await?;
    Ok(answer.locked)
}

/// Takes the lock for the transaction that `conn` is in, waiting for whoever has it.
pub async fn lock_for_transaction(conn: &mut AsyncPgConnection, name: &str) -> Result<(), StoreError> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind::<Text, _>(name)
        .execute(conn)
        .await?;
    Ok(())
}
