//! Live orders by slot start, creation and id, a page at a time.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::ids::{BranchId, OrderId};
use serde::{Deserialize, Serialize};
use store::StoreError;

use super::{OrderRow, lift};
use crate::storage::Order;
use crate::storage::schema::orders;

/// Which live orders a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Those that the kitchen sees.
    Shown,
    /// Those that wait for their visible time.
    Hidden,
    /// All of them.
    Any,
}

/// Which live orders somebody reads.
#[derive(Clone, Debug)]
pub struct Filter {
    /// All orders of these branches; `None` is all branches.
    pub branches: Option<Vec<BranchId>>,
    /// Beside them the orders that this courier delivers.
    pub delivered_by: Option<String>,
    /// Whether the kitchen sees them.
    pub visibility: Visibility,
}

/// The place of an order in the list: a page begins after one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    slot_start: DateTime<Utc>,
    created_at: DateTime<Utc>,
    id: OrderId,
}

impl From<&Order> for Position {
    fn from(order: &Order) -> Self {
        Self { slot_start: order.slot_start, created_at: order.created_at, id: order.id }
    }
}

/// Live orders that the filter lets through and that come after a position.
pub async fn live_page(
    conn: &mut AsyncPgConnection,
    filter: &Filter,
    after: Option<Position>,
    limit: usize,
) -> Result<Vec<Order>, StoreError> {
    let mut page = orders::table.filter(filter.condition()).select(OrderRow::as_select()).into_boxed();
    if let Some(Position { slot_start, created_at, id }) = after {
        let later = sql::<Bool>("(slot_start, created_at, id) > (")
            .bind::<Timestamptz, _>(slot_start)
            .sql(", ")
            .bind::<Timestamptz, _>(created_at)
            .sql(", ")
            .bind::<SqlUuid, _>(id.as_uuid())
            .sql(")");
        page = page.filter(later);
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = page.order((orders::slot_start, orders::created_at, orders::id)).limit(limit).load(conn).await?;
    lift(conn, rows).await
}

/// How many live orders the filter lets through.
pub async fn count_live(conn: &mut AsyncPgConnection, filter: &Filter) -> Result<i64, StoreError> {
    Ok(orders::table.filter(filter.condition()).count().get_result(conn).await?)
}

impl Filter {
    /// All live orders of the chain.
    pub const EVERYTHING: Self = Self { branches: None, delivered_by: None, visibility: Visibility::Any };

    fn condition(&self) -> Box<dyn BoxableExpression<orders::table, Pg, SqlType = Bool>> {
        let mut condition: Box<dyn BoxableExpression<_, _, SqlType = _>> = Box::new(orders::live);
        match self.visibility {
            Visibility::Shown => condition = Box::new(condition.and(orders::shown)),
            Visibility::Hidden => condition = Box::new(condition.and(diesel::dsl::not(orders::shown))),
            Visibility::Any => {}
        }
        let Some(branches) = &self.branches else { return condition };
        let here = orders::branch_id.eq_any(branches.iter().map(|branch| branch.as_uuid()).collect::<Vec<_>>());
        match &self.delivered_by {
            Some(courier) => {
                Box::new(condition.and(here.or(orders::courier_id.eq(courier.clone()))))
            }
            None => Box::new(condition.and(here)),
        }
    }
}
