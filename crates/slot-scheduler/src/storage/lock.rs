//! Who may touch what Redis remembers: readers of the log share it, a rebuild has it alone.
//!
//! The lock lasts as long as its connection. A holder that is dropped on the way takes the connection out of the
//! pool with it, so that no lock is ever left behind.

use diesel_async::SimpleAsyncConnection as _;
use store::{Conn, Pool, StoreError};

/// A lock on what Redis remembers, held on a connection that may be used meanwhile.
#[derive(Default)]
pub struct MemoryLock {
    conn: Option<Conn>,
}

impl MemoryLock {
    /// Waits until nobody has the lock alone.
    pub async fn shared(&mut self, pool: &Pool) -> Result<&mut Conn, StoreError> {
        self.take(pool, "SELECT pg_advisory_lock_shared(hashtextextended('slots:memory', 0))").await
    }

    /// Waits until nobody has the lock at all.
    pub async fn alone(&mut self, pool: &Pool) -> Result<&mut Conn, StoreError> {
        self.take(pool, "SELECT pg_advisory_lock(hashtextextended('slots:memory', 0))").await
    }

    /// Gives the lock and its connection back.
    pub async fn release(mut self) -> Result<(), StoreError> {
        if let Some(conn) = &mut self.conn {
            conn.batch_execute("SELECT pg_advisory_unlock_all()").await?;
        }
        self.conn = None;
        Ok(())
    }

    async fn take(&mut self, pool: &Pool, lock: &str) -> Result<&mut Conn, StoreError> {
        let conn = self.conn.insert(pool.get().await?);
        conn.batch_execute(lock).await?;
        Ok(conn)
    }
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        drop(self.conn.take().map(Conn::take));
    }
}
