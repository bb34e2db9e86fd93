//! Live orders by slot start, creation, id: in pages, or 50 at a time with a count.

use domain::ids::BranchId;
use domain::permissions::Role;
use serde::{Deserialize, Serialize};

use super::{Actor, App, OrderError, Seen};
use crate::storage::orders::{self, OrderPage, Position, Visibility};

/// Orders in one answer of a batch.
pub const BATCH: usize = 50;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// Only this branch.
    pub branch: Option<BranchId>,
    /// Cuts the orders to this role's columns.
    pub role: Option<Role>,
    /// Orders that the kitchen sees, or that wait for their time.
    pub visibility: Visibility,
    /// Orders in the answer at most.
    pub size: usize,
    /// The place to go on from.
    pub after: Option<Position>,
}

/// A part of a list.
#[derive(Debug)]
pub struct Page {
    /// In order.
    pub orders: Vec<Seen>,
    /// Where the next part begins, if there is one.
    pub next: Option<Position>,
}

/// Where a batch goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    after: Position,
    processed: usize,
}

/// A part of all live orders.
#[derive(Debug)]
pub struct Batch {
    /// In order.
    pub orders: Vec<Seen>,
    /// Live orders in all.
    pub total: i64,
    /// Handed out up to and with this part.
    pub processed: usize,
    /// Where the next part begins, if there is one.
    pub next: Option<Cursor>,
}

impl App {
    /// A page of live orders that the actor may see.
    pub async fn list(&self, actor: &Actor, list: &List) -> Result<Page, OrderError> {
        let filter = actor.scope(list.branch)?.filter(list.visibility);
        let mut conn = self.pool.get().await?;
        let OrderPage { orders, next } = orders::live_page(&mut conn, &filter, list.after, list.size).await?;
        let seen = |order| {
            let audience = actor.audience_of(&order, list.role);
            (!audience.is_nobody()).then_some(Seen { order, audience })
        };
        Ok(Page { orders: orders.into_iter().filter_map(seen).collect(), next })
    }

    /// The next live orders after a cursor. Reading changes nothing.
    pub async fn batch(
        &self,
        actor: &Actor,
        branch: Option<BranchId>,
        role: Option<Role>,
        cursor: Option<Cursor>,
    ) -> Result<Batch, OrderError> {
        let filter = actor.scope(branch)?.filter(Visibility::Any);
        let total = orders::count_live(&mut *self.pool.get().await?, &filter).await?;
        let after = cursor.map(|cursor| cursor.after);
        let list = List { branch, role, visibility: Visibility::Any, size: BATCH, after };
        let Page { orders, next } = self.list(actor, &list).await?;
        let processed = cursor.map_or(0, |cursor| cursor.processed) + orders.len();
        let next = next.map(|after| Cursor { after, processed });
        Ok(Batch { orders, total, processed, next })
    }
}
