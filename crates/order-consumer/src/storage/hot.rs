//! Hot copies of live orders in Redis, for the gateway: `order:<id>`, `order:<id>:status`, and per branch the
//! sorted sets `orders:live:<branch>` (by slot start) and `orders:pending:<branch>` (by visible time).
//!
//! Best effort: what cannot be written here is noted ([`HotState::gaps`]) and written again from PostgreSQL.

use std::sync::LazyLock;

use cache::{Cache, CacheError};
use chrono::DateTime;
use contracts::order::PizzaOrder;
use contracts::orders_view;
use domain::ids::{BranchId, OrderId};
use domain::orders::audience::Audience;
use domain::orders::status::OrderStatus;
use redis::aio::ConnectionManager;
use redis::{Cmd, FromRedisValue, Script};
use serde::Serialize;

use super::epoch;
use super::gaps::Gaps;

const LIVE: &str = "orders:live:";
const PENDING: &str = "orders:pending:";
/// Copies of ended orders are kept for a day.
const ENDED_SECONDS: u64 = 24 * 60 * 60;
/// Copies written in one go, so that Redis answers in time and serves others in between.
const AT_ONCE: usize = 250;
/// Names that Redis answers with at once.
const PAGE: usize = 1000;

static APPLY: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("apply.lua")));

/// What outside listeners are told over Pub/Sub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Channel `order:created`.
    Created,
    /// Channel `order:status:changed`.
    StatusChanged,
}

/// The hot copies; one for the whole process.
pub struct HotState {
    cache: Cache,
    gaps: Gaps,
}

#[derive(Serialize)]
struct Told<'a> {
    order_id: &'a str,
    branch_id: &'a str,
    status: &'a str,
    version: i64,
}

impl HotState {
    /// Copies of which nothing is known yet.
    pub fn new(cache: Cache) -> Self {
        Self { cache, gaps: Gaps::default() }
    }

    /// Which copies this process could not write.
    pub const fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    /// Puts orders in place and tells outside listeners. A failure leaves gaps.
    pub async fn put(&self, orders: &[(&PizzaOrder, Option<Notice>)]) -> Result<(), CacheError> {
        if orders.is_empty() {
            return Ok(());
        }
        let written = self.put_all(orders).await;
        if written.is_err() {
            self.gaps.note(orders.iter().filter_map(|(order, _)| order.id.parse().ok()));
        }
        written
    }

    /// Whether Redis has been filled and was not started anew since.
    pub async fn is_filled(&self) -> Result<bool, CacheError> {
        epoch::is_filled(&self.cache).await
    }

    /// Begins to fill Redis; `token` tells this filling from others.
    pub async fn begin_filling(&self, token: &str) -> Result<(), CacheError> {
        epoch::begin(&self.cache, token).await
    }

    /// Ends a filling. `false`: Redis was started anew meanwhile, or has forgotten.
    pub async fn end_filling(&self, token: &str) -> Result<bool, CacheError> {
        epoch::end(&self.cache, token).await
    }

    /// Every order that Redis counts as live, with its branch.
    pub async fn members(&self) -> Result<Vec<(OrderId, BranchId)>, CacheError> {
        let mut conn = self.cache.conn();
        let mut members = Vec::new();
        for prefix in [LIVE, PENDING] {
            for key in keys(&mut conn, prefix).await? {
                let Some(branch) = key.strip_prefix(prefix).and_then(|id| id.parse().ok()) else { continue };
                let ids = ids(&mut conn, &key).await?;
                members.extend(ids.into_iter().map(|id| (id, branch)));
            }
        }
        Ok(members)
    }

    /// Takes orders out that PostgreSQL does not know.
    pub async fn forget(&self, orders: &[(OrderId, BranchId)]) -> Result<(), CacheError> {
        let mut pipe = redis::pipe();
        for (order, branch) in orders {
            pipe.del(order_keys(&order.to_string()).to_vec()).ignore();
            for prefix in [LIVE, PENDING] {
                pipe.zrem(format!("{prefix}{branch}"), order.to_string()).ignore();
            }
        }
        let mut conn = self.cache.conn();
        Ok(pipe.query_async(&mut conn).await?)
    }

    async fn put_all(&self, orders: &[(&PizzaOrder, Option<Notice>)]) -> Result<(), CacheError> {
        for part in orders.chunks(AT_ONCE) {
            self.put_some(part).await?;
        }
        Ok(())
    }

    async fn put_some(&self, orders: &[(&PizzaOrder, Option<Notice>)]) -> Result<(), CacheError> {
        let mut pipe = redis::pipe();
        // a Redis that was restarted has forgotten the script, and a pipeline cannot ask first
        pipe.load_script(&APPLY).ignore();
        for (order, notice) in orders {
            let [copy, status, version] = order_keys(&order.id);
            let (place, score, seconds) = place(order);
            pipe.invoke_script(
                APPLY
                    .key(copy)
                    .key(status)
                    .key(version)
                    .key(format!("{LIVE}{}", order.branch_id))
                    .key(format!("{PENDING}{}", order.branch_id))
                    .arg(&order.id)
                    .arg(order.version)
                    .arg(&order.status)
                    .arg(json(&orders_view::view(order, Audience::OFFICE)))
                    .arg(place)
                    .arg(score)
                    .arg(seconds),
            )
            .ignore();
            if let Some(notice) = notice {
                pipe.publish(notice.channel(), json(&Told::from(*order))).ignore();
            }
        }
        let mut conn = self.cache.conn();
        Ok(pipe.query_async(&mut conn).await?)
    }
}

impl Notice {
    const fn channel(self) -> &'static str {
        match self {
            Self::Created => "order:created",
            Self::StatusChanged => "order:status:changed",
        }
    }
}

impl<'a> From<&'a PizzaOrder> for Told<'a> {
    fn from(order: &'a PizzaOrder) -> Self {
        let PizzaOrder { id, branch_id, status, version, .. } = order;
        Self { order_id: id, branch_id, status, version: *version }
    }
}

/// The set an order belongs to, its score there, and how long its copy is kept.
fn place(order: &PizzaOrder) -> (&'static str, i64, u64) {
    let is_live = OrderStatus::parse(&order.status).is_some_and(OrderStatus::is_live);
    let visible_at = || DateTime::parse_from_rfc3339(&order.visible_at).map(|at| at.timestamp());
    match (is_live, order.shown) {
        (true, true) => ("live", order.slot_start, 0),
        (true, false) => ("pending", visible_at().unwrap_or_default(), 0),
        (false, _) => ("none", 0, ENDED_SECONDS),
    }
}

fn order_keys(id: &str) -> [String; 3] {
    [format!("order:{id}"), format!("order:{id}:status"), format!("order:{id}:version")]
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Orders of a sorted set. One may come twice.
async fn ids(conn: &mut ConnectionManager, key: &str) -> Result<Vec<OrderId>, CacheError> {
    let members: Vec<(String, f64)> = all_pages(conn, |cursor| {
        let mut scan = redis::cmd("ZSCAN");
        scan.arg(key).arg(cursor).arg("COUNT").arg(PAGE);
        scan
    })
    .await?;
    Ok(members.iter().filter_map(|(id, _)| id.parse().ok()).collect())
}

async fn keys(conn: &mut ConnectionManager, prefix: &str) -> Result<Vec<String>, CacheError> {
    all_pages(conn, |cursor| {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(format!("{prefix}*")).arg("COUNT").arg(PAGE);
        scan
    })
    .await
}

/// Asks page by page: after a long outage there are hundreds of thousands, and Redis has to answer in time.
async fn all_pages<T: FromRedisValue>(
    conn: &mut ConnectionManager,
    ask: impl Fn(u64) -> Cmd,
) -> Result<Vec<T>, CacheError> {
    let (mut found, mut cursor) = (Vec::new(), 0);
    loop {
        let (next, page): (u64, Vec<T>) = ask(cursor).query_async(conn).await?;
        found.extend(page);
        if next == 0 {
            return Ok(found);
        }
        cursor = next;
    }
}
