//! How far the log goes, as the broker says.

use bus::BusSettings;

use super::hear_log::{GROUP, TOPICS};
use crate::app::ports::{LogEnds, LogSilent};
use crate::storage::positions::Positions;

/// Asks the broker.
pub struct BrokerEnds {
    settings: BusSettings,
}

impl BrokerEnds {
    /// Asks the broker of these settings.
    pub const fn new(settings: BusSettings) -> Self {
        Self { settings }
    }
}

impl LogEnds for BrokerEnds {
    async fn ends(&self) -> Result<Positions, LogSilent> {
        let unread = bus::unread_ends(&self.settings, GROUP.group, TOPICS).await;
        let unread = unread.map_err(|error| LogSilent(error.into()))?;
        let named = |(topic, partition, end): (contracts::topics::Topic, i32, i64)| {
            ((topic.base_name().to_owned(), partition), end)
        };
        Ok(unread.into_iter().map(named).collect())
    }
}
