//! Forgetting what is over.

use chrono::Duration;

use super::{SlotError, Slots};
use crate::storage::{numbers, overrides, reservations};

/// A reservation is done two hours after its slot.
const AFTER_END: Duration = Duration::hours(2);
/// A repeat of a call finds the first answer for two days.
const REPEATS: Duration = Duration::hours(48);
/// No order is assigned to a date that is over for so long.
const NUMBERS: Duration = Duration::days(3);
/// Rows of one statement.
const AT_ONCE: i64 = 5_000;

impl Slots {
    /// Marks reservations of ended slots as done, and drops records and overrides that nobody can ask for.
    pub async fn finish(&self) -> Result<(), SlotError> {
        let now = self.now();
        let mut conn = self.pool.get().await?;
        let done = reservations::finish(&mut conn, now - AFTER_END, AT_ONCE).await?;
        let forgotten = reservations::forget_records(&mut conn, now - REPEATS, AT_ONCE).await?;
        // the counters of these dates are gone from Redis too
        numbers::forget(&mut conn, (now - NUMBERS).date_naive()).await?;
        let ended = overrides::delete_ended(&mut conn, now - AFTER_END).await?;
        tracing::debug!(done, forgotten, ended, "{done} reservations are done");
        Ok(())
    }
}
