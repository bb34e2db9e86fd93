//! Every live order in full: what a stream server starts from.

use super::{App, OrderError};
use crate::storage::Order;
use crate::storage::orders::{self, Filter, Position};

impl App {
    /// A page of all live orders, and where the next one begins.
    pub async fn export(
        &self,
        size: usize,
        after: Option<Position>,
    ) -> Result<(Vec<Order>, Option<Position>), OrderError> {
        let mut conn = self.pool.get().await?;
        let mut found = orders::live_page(&mut conn, &Filter::EVERYTHING, after, size + 1).await?;
        let has_more = found.len() > size;
        found.truncate(size);
        let next = found.last().filter(|_| has_more).map(Position::from);
        Ok((found, next))
    }
}
