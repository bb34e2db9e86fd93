//! All or nothing.

use diesel_async::TransactionManager as _;
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _};
use store::StoreError;

/// Number of the lock that every change of the menu takes: changes come one after the other, so that what one of
/// them has checked holds until it is done. People make them, a few a minute.
const CHANGES: i64 = 0x6d65_6e75;

/// One change of the menu.
pub async fn change<T, E: From<StoreError>>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
) -> Result<T, E> {
    run(conn, async |conn| {
        let locked = diesel::sql_query("SELECT pg_advisory_xact_lock($1)");
        locked.bind::<diesel::sql_types::BigInt, _>(CHANGES).execute(conn).await.map_err(StoreError::from)?;
        work(conn).await
    })
    .await
}

/// One rebuild: sees one moment's state, and no other rebuild runs beside it.
pub async fn rebuild<T, E: From<StoreError>>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
) -> Result<T, E> {
    run(conn, async |conn| {
        // taking a table lock does not freeze the view yet: after a wait it shows what the other rebuild did
        let alone = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; LOCK TABLE revisions IN EXCLUSIVE MODE";
        conn.batch_execute(alone).await.map_err(StoreError::from)?;
        work(conn).await
    })
    .await
}

/// One piece of housekeeping.
pub async fn run<T, E: From<StoreError>>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
) -> Result<T, E> {
    AnsiTransactionManager::begin_transaction(conn).await.map_err(StoreError::from)?;
    match work(conn).await {
        Ok(done) => {
            AnsiTransactionManager::commit_transaction(conn).await.map_err(StoreError::from)?;
            Ok(done)
        }
        Err(error) => {
            // the first failure is told; a connection that cannot even roll back is thrown away by the pool
            let _ = AnsiTransactionManager::rollback_transaction(conn).await;
            Err(error)
        }
    }
}
