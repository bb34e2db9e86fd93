//! What the stores hold, read past the services: one moment of PostgreSQL, Redis, and the log from end to end.

pub mod hot; // hot copies of orders in Redis
pub mod limits; // what slots may take, now and before
pub mod log; // records, events and dead letters
pub mod menus; // revisions that orders were priced with
pub mod orders; // the order book
pub mod places; // slots, holds and orders in Redis
pub mod reservations;
mod rows; // shapes that several tables share // places in PostgreSQL

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use domain::menu::Menu;
use uuid::Uuid;

use crate::Stores;
use hot::HotState;
use limits::LimitsBook;
use log::Log;
use orders::OrderBook;
use places::Places;
use reservations::Reservation;

/// Services whose events go through an outbox.
const OUTBOXES: [&str; 3] = ["orders", "slots", "menu"];

/// Everything that the invariants speak about.
pub struct Facts {
    /// The present, by PostgreSQL's clock.
    pub now: DateTime<Utc>,
    /// Orders, keys and duplicates.
    pub book: OrderBook,
    /// Reservations in PostgreSQL, by order.
    pub reservations: BTreeMap<Uuid, Reservation>,
    /// What slots may take.
    pub limits: LimitsBook,
    /// Unpublished rows of every outbox.
    pub unpublished: Vec<(&'static str, i64)>,
    /// Menus by revision; `None` for one that cannot be read.
    pub menus: HashMap<i64, Option<Menu>>,
    /// Slots in Redis.
    pub places: Places,
    /// Hot copies in Redis.
    pub hot: HotState,
    /// What lies on the topics.
    pub log: Log,
}

impl Facts {
    /// Reads everything, all stores at once: a system at rest says the same in any order.
    pub async fn read(stores: &Stores) -> anyhow::Result<Self> {
        let bus = stores.bus();
        let (tables, (places, hot), log) =
            tokio::try_join!(Tables::read(stores), in_redis(stores), Log::read(&bus))?;
        let Tables { now, book, reservations, limits, unpublished, menus } = tables;
        Ok(Self { now, book, reservations, limits, unpublished, menus, places, hot, log })
    }
}

/// What comes from PostgreSQL.
struct Tables {
    now: DateTime<Utc>,
    book: OrderBook,
    reservations: BTreeMap<Uuid, Reservation>,
    limits: LimitsBook,
    unpublished: Vec<(&'static str, i64)>,
    menus: HashMap<i64, Option<Menu>>,
}

impl Tables {
    async fn read(stores: &Stores) -> anyhow::Result<Self> {
        let mut conn = stores.postgres().await?;
        let now = now(&mut conn).await?;
        let book = OrderBook::read(&mut conn).await?;
        let reservations = reservations::read(&mut conn).await?;
        let limits = LimitsBook::read(&mut conn).await?;
        let unpublished = unpublished(&mut conn).await?;
        let menus = menus::read(&mut conn, &book.revisions()).await?;
        Ok(Self { now, book, reservations, limits, unpublished, menus })
    }
}

async fn in_redis(stores: &Stores) -> anyhow::Result<(Places, HotState)> {
    let mut redis = stores.redis().await?;
    Ok((Places::read(&mut redis).await?, HotState::read(&mut redis).await?))
}

/// PostgreSQL's time; the clocks of clients do not count.
pub async fn now(conn: &mut AsyncPgConnection) -> anyhow::Result<DateTime<Utc>> {
    #[derive(QueryableByName)]
    struct Now {
        #[diesel(sql_type = Timestamptz)]
        now: DateTime<Utc>,
    }
    let row: Now = diesel::sql_query("SELECT now() AS now").get_result(conn).await?;
    Ok(row.now)
}

/// Rows of every outbox that nobody has published.
pub async fn unpublished(conn: &mut AsyncPgConnection) -> anyhow::Result<Vec<(&'static str, i64)>> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let mut counts = Vec::new();
    for schema in OUTBOXES {
        if rows::exists(conn, &format!("{schema}.outbox")).await? {
            let sql = format!("SELECT count(*) AS count FROM {schema}.outbox WHERE published_at IS NULL");
            let row: Count = diesel::sql_query(sql).get_result(conn).await?;
            counts.push((schema, row.count));
        }
    }
    Ok(counts)
}
