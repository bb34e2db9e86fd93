//! Shows orders whose time has come.

use store::{StoreError, Transactional as _, outbox};

use super::{App, event};
use crate::storage::orders;

/// Orders shown in one transaction at most.
const AT_ONCE: usize = 200;

impl App {
    /// Shows some of the orders whose time has come. `true`: there may be more.
    pub async fn show_due(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut conn = self.pool.get().await?;
        let shown = conn
            .transaction(async |conn| {
                let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
                let due = orders::due(conn, now, limit).await?;
                let mut events = Vec::with_capacity(due.len());
                for mut order in due {
                    let before = order.version;
                    order.raise_version();
                    order.show();
                    orders::save(conn, &order, before).await?;
                    events.push(event::outbox_row(&event::visible(&order, now), now));
                }
                outbox::push(conn, &events).await?;
                Ok::<_, StoreError>(events.len())
            })
            .await?;
        metrics::counter!("orders_shown_total").increment(shown as u64);
        Ok(shown == AT_ONCE)
    }
}
