//! What is kept, page by page.

use contracts::menu::v1 as wire;
use domain::ids::{BranchId, ProductId};
use domain::menu::PriceSubject;
use uuid::Uuid;

use super::{App, MenuError, wire as encode};
use crate::storage::{self, categories, extras, prices, products, sets, stops, terms};

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page<P> {
    /// After this place; absent: from the first one on.
    pub after: Option<P>,
    /// At most so many.
    pub size: u32,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T, P> {
    /// In the order of the list.
    pub items: Vec<T>,
    /// The last place of this part, if more follows.
    pub next: Option<P>,
}

impl Page<Uuid> {
    /// One more than asked for, to see whether something follows.
    fn peeking(self) -> storage::Page {
        storage::Page { after: self.after, limit: i64::from(self.size) + 1 }
    }
}

impl App {
    /// Categories.
    pub async fn categories(&self, page: Page<Uuid>) -> Result<Listed<wire::Category, Uuid>, MenuError> {
        let rows = categories::page(&mut *self.pool.get().await?, page.peeking()).await?;
        Ok(cut(rows, page.size, |row| row.id.as_uuid(), |row| encode::category(&row)))
    }

    /// Products that are not archived.
    pub async fn products(&self, page: Page<Uuid>) -> Result<Listed<wire::Product, Uuid>, MenuError> {
        let rows = products::page(&mut *self.pool.get().await?, page.peeking()).await?;
        Ok(cut(rows, page.size, |row| row.value.id.as_uuid(), |row| encode::product(&row.value, row.version)))
    }

    /// One product, archived or not.
    pub async fn product(&self, id: ProductId) -> Result<wire::Product, MenuError> {
        let found = products::find(&mut *self.pool.get().await?, id).await?;
        let kept = found.ok_or(MenuError::NotFound("product"))?;
        Ok(encode::product(&kept.value, kept.version))
    }

    /// Extras that are not archived.
    pub async fn extras(&self, page: Page<Uuid>) -> Result<Listed<wire::Extra, Uuid>, MenuError> {
        let rows = extras::page(&mut *self.pool.get().await?, page.peeking()).await?;
        Ok(cut(rows, page.size, |row| row.value.id.as_uuid(), |row| encode::extra(&row.value, row.version)))
    }

    /// Sets that are not archived.
    pub async fn sets(&self, page: Page<Uuid>) -> Result<Listed<wire::Set, Uuid>, MenuError> {
        let rows = sets::page(&mut *self.pool.get().await?, page.peeking()).await?;
        Ok(cut(rows, page.size, |row| row.value.id.as_uuid(), |row| encode::set(&row.value, row.version)))
    }

    /// Terms of the branches.
    pub async fn terms(&self, page: Page<Uuid>) -> Result<Listed<wire::BranchTerms, Uuid>, MenuError> {
        let rows = terms::page(&mut *self.pool.get().await?, page.peeking()).await?;
        Ok(cut(rows, page.size, |row| row.branch.id.as_uuid(), |row| encode::terms(&row, row.version)))
    }

    /// A branch's stop entries that have not ended.
    pub async fn stops(
        &self,
        branch: BranchId,
        page: Page<Uuid>,
    ) -> Result<Listed<wire::Stop, Uuid>, MenuError> {
        let rows = stops::page(&mut *self.pool.get().await?, branch, self.now(), page.peeking()).await?;
        Ok(cut(rows, page.size, |row| row.id.as_uuid(), |row| encode::stop(&row)))
    }

    /// The price list of one thing, from the oldest row on.
    pub async fn prices(
        &self,
        subject: PriceSubject,
        page: Page<i64>,
    ) -> Result<Listed<wire::Price, i64>, MenuError> {
        let (after, limit) = (page.after.unwrap_or_default(), i64::from(page.size) + 1);
        let rows = prices::of_subject(&mut *self.pool.get().await?, subject, after, limit).await?;
        Ok(cut(rows, page.size, |row| row.0, |row| encode::price(&row.1)))
    }
}

fn cut<R, T, P>(mut rows: Vec<R>, size: u32, place: impl Fn(&R) -> P, item: impl Fn(R) -> T) -> Listed<T, P> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    let next = rows.last().filter(|_| more).map(place);
    Listed { items: rows.into_iter().map(item).collect(), next }
}
