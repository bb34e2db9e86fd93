//! Live orders by slot start, creation and id, a page at a time.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::ids::{BranchId, OrderId};
use prost::Message as _;
use serde::{Deserialize, Serialize};
use store::StoreError;
use uuid::Uuid;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// A page of orders.
#[derive(Debug)]
pub struct OrderPage {
    /// In order.
    pub orders: Vec<Order>,
    /// Where the next page begins, if there is one.
    pub next: Option<Position>,
}

/// A page takes no more bytes than this, so that it fits into a gRPC message.
const PAGE_BYTES: usize = 2 << 20;

/// Live orders that the filter lets through and that come after a position: `size` of them, or fewer when they
/// are large.
pub async fn live_page(
    conn: &mut AsyncPgConnection,
    filter: &Filter,
    after: Option<Position>,
    size: usize,
) -> Result<OrderPage, StoreError> {
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
    // one more than asked for says whether there is a next page
    let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let rows =
        page.order((orders::slot_start, orders::created_at, orders::id)).limit(limit).load(conn).await?;
    Ok(cut(lift(conn, rows).await?, size))
}

/// The last live order that the filter lets through; `None` when there is none.
pub async fn last_live(
    conn: &mut AsyncPgConnection,
    filter: &Filter,
) -> Result<Option<Position>, StoreError> {
    let last: Option<(DateTime<Utc>, DateTime<Utc>, Uuid)> = orders::table
        .filter(filter.condition())
        .order((orders::slot_start.desc(), orders::created_at.desc(), orders::id.desc()))
        .select((orders::slot_start, orders::created_at, orders::id))
        .first(conn)
        .await
        .optional()?;
    let position =
        |(slot_start, created_at, id)| Position { slot_start, created_at, id: OrderId::from_uuid(id) };
    Ok(last.map(position))
}

/// How many live orders the filter lets through.
pub async fn count_live(conn: &mut AsyncPgConnection, filter: &Filter) -> Result<i64, StoreError> {
    Ok(orders::table.filter(filter.condition()).count().get_result(conn).await?)
}

fn cut(mut orders: Vec<Order>, size: usize) -> OrderPage {
    let found = orders.len();
    let mut bytes = 0;
    let fitting = orders.iter().take(size).take_while(|order| {
        let is_first = bytes == 0;
        bytes += order.full.encoded_len();
        is_first || bytes <= PAGE_BYTES
    });
    let fitting = fitting.count();
    orders.truncate(fitting);
    let next = orders.last().filter(|_| fitting < found).map(Position::from);
    OrderPage { orders, next }
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
        let here =
            orders::branch_id.eq_any(branches.iter().map(|branch| branch.as_uuid()).collect::<Vec<_>>());
        match &self.delivered_by {
            Some(courier) => Box::new(condition.and(here.or(orders::courier_id.eq(courier.clone())))),
            None => Box::new(condition.and(here)),
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::order::PizzaOrder;
    use domain::orders::status::OrderStatus;
    use uuid::Uuid;

    use super::*;

    fn order(id: u128, notes: usize) -> Order {
        Order {
            id: OrderId::from_uuid(Uuid::from_u128(id)),
            created_at: DateTime::default(),
            branch: BranchId::MAIN,
            status: OrderStatus::Pending,
            version: 1,
            shown: true,
            visible_at: DateTime::default(),
            slot_start: DateTime::default(),
            full: PizzaOrder { notes: "n".repeat(notes), ..PizzaOrder::default() },
        }
    }

    fn ids(page: &OrderPage) -> Vec<u128> {
        page.orders.iter().map(|order| order.id.as_uuid().as_u128()).collect()
    }

    #[test]
    fn the_order_beyond_a_page_says_that_there_is_a_next_one() {
        let full = cut(vec![order(1, 0), order(2, 0), order(3, 0)], 2);
        let last = cut(vec![order(1, 0), order(2, 0)], 2);

        assert_eq!((ids(&full), full.next), (vec![1, 2], Some(Position::from(&full.orders[1]))));
        assert_eq!((ids(&last), last.next), (vec![1, 2], None));
    }

    #[test]
    fn a_page_of_large_orders_is_shorter_but_never_empty() {
        let page = cut(vec![order(1, PAGE_BYTES / 2), order(2, PAGE_BYTES), order(3, 0)], 3);
        let single = cut(vec![order(1, PAGE_BYTES * 2), order(2, 0)], 2);

        assert_eq!((ids(&page), page.next.is_some()), (vec![1], true));
        assert_eq!((ids(&single), single.next.is_some()), (vec![1], true));
    }
}
