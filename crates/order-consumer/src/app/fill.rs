//! `BootstrapState`: brings the hot copies to what PostgreSQL knows.

use std::collections::HashSet;

use cache::CacheError;
use domain::ids::{BranchId, OrderId};
use futures_util::join;
use store::StoreError;

use super::App;
use crate::storage::hot::HotState;
use crate::storage::orders::{self, Filter, OrderPage, Position};

/// Orders in one page.
const PAGE: usize = 500;

/// Why the hot copies could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// PostgreSQL does not answer.
    #[error("could not read live orders")]
    Storage(#[from] StoreError),
    /// Redis does not answer.
    #[error("could not write hot copies")]
    Cache(#[from] CacheError),
    /// More copies are missing than are remembered: all are to be written again.
    #[error("too many hot copies are missing to say which")]
    TooManyGaps,
}

impl App {
    /// Writes all live orders, and takes out those that have ended. What Redis does not take is left to [`Self::mend`].
    ///
    /// Whoever stores an order writes its copy too, so that only what was there at the beginning is read: orders that
    /// keep coming, as after a long outage, would keep this from ever coming to an end.
    pub async fn fill(&self, hot: &HotState) -> Result<(), FillError> {
        let mut live = HashSet::new();
        let last = self.last_live().await?;
        let mut page = self.live_page(None).await?;
        loop {
            page.next = page.next.filter(|next| Some(*next) < last);
            let copies: Vec<_> = page.orders.iter().map(|order| (&order.full, None)).collect();
            // PostgreSQL reads the next page while Redis takes this one; neither is interrupted
            let (next, written) = join!(self.page_behind(page.next), hot.put(&copies));
            // what is missing after this page is mended later, unless it is too much to remember
            if !hot.gaps().are_known() {
                written?;
            }
            live.extend(page.orders.iter().map(|order| order.id));
            let Some(next) = next? else { break };
            page = next;
        }
        let rest: Vec<_> = hot.members().await?.into_iter().filter(|(id, _)| !live.contains(id)).collect();
        for ended in rest.chunks(PAGE) {
            self.take_out(hot, ended).await?;
        }
        tracing::info!(orders = live.len(), "{} live orders were read into Redis", live.len());
        Ok(())
    }

    /// Writes the copies that could not be written before.
    pub async fn mend(&self, hot: &HotState) -> Result<(), FillError> {
        loop {
            let missing = hot.gaps().take(PAGE);
            if missing.is_empty() {
                return hot.gaps().are_known().then_some(()).ok_or(FillError::TooManyGaps);
            }
            let written = self.copy(hot, &missing).await;
            if written.is_err() {
                hot.gaps().note(missing);
            }
            written?;
        }
    }

    async fn copy(&self, hot: &HotState, ids: &[OrderId]) -> Result<HashSet<OrderId>, FillError> {
        let mut conn = self.pool.get().await?;
        let known = orders::find_all(&mut conn, ids).await?;
        drop(conn);
        let copies: Vec<_> = known.iter().map(|order| (&order.full, None)).collect();
        hot.put(&copies).await?;
        Ok(known.iter().map(|order| order.id).collect())
    }

    async fn last_live(&self) -> Result<Option<Position>, StoreError> {
        let mut conn = self.pool.get().await?;
        orders::last_live(&mut conn, &Filter::EVERYTHING).await
    }

    async fn page_behind(&self, position: Option<Position>) -> Result<Option<OrderPage>, StoreError> {
        match position {
            Some(position) => Ok(Some(self.live_page(Some(position)).await?)),
            None => Ok(None),
        }
    }

    async fn live_page(&self, after: Option<Position>) -> Result<OrderPage, StoreError> {
        let mut conn = self.pool.get().await?;
        orders::live_page(&mut conn, &Filter::EVERYTHING, after, PAGE).await
    }

    /// Orders that count as live in Redis and were not on the pages: some have ended, some are new and stay.
    async fn take_out(&self, hot: &HotState, members: &[(OrderId, BranchId)]) -> Result<(), FillError> {
        let mut ids: Vec<_> = members.iter().map(|(id, _)| *id).collect();
        let mut conn = self.pool.get().await?;
        let live = orders::live_among(&mut conn, &ids).await?;
        drop(conn);
        ids.retain(|id| !live.contains(id));
        let known = self.copy(hot, &ids).await?;
        let is_known = |id: &OrderId| live.contains(id) || known.contains(id);
        let unknown: Vec<_> = members.iter().copied().filter(|(id, _)| !is_known(id)).collect();
        if !unknown.is_empty() {
            hot.forget(&unknown).await?;
        }
        Ok(())
    }
}
