//! Forgetting what is over.

use chrono::Duration;

use super::{SlotError, Slots};
use crate::storage::{overrides, reservations};

/// A reservation is done two hours after its slot.
const AFTER_END: Duration = Duration::hours(2);
/// A repeat of a call finds the first answer for two days.
const REPEATS: Duration = Duration::hours(48);
/// Rows of one statement.
const AT_ONCE: i64 = 5_000;

impl Slots {
    /// Marks reservations of ended slots as done, and drops records and overrides that nobody can ask for.
    pub async fn finish(&self) -> Result<(), SlotError> {
        let now = self.now();
        let mut conn = self.pool.get().await?;
        let done = reservations::finish(&mut conn, now - AFTER_END, AT_ONCE).await?;
        let forgotten = reservations::forget_records(&mut conn, now - REPEATS, AT_ONCE).await?;
        let ended = overrides::delete_ended(&mut conn, now - AFTER_END).await?;
        tracing::debug!(done, forgotten, ended, "{done} reservations are done");
        Ok(())
    }
}
