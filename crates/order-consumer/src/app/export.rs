//! Every live order in full: what a stream server starts from.

use super::{App, OrderError};
use crate::storage::orders::{self, Filter, OrderPage, Position};

impl App {
    /// A page of all live orders.
    pub async fn export(&self, size: usize, after: Option<Position>) -> Result<OrderPage, OrderError> {
        let mut conn = self.pool.get().await?;
        Ok(orders::live_page(&mut conn, &Filter::EVERYTHING, after, size).await?)
    }
}
