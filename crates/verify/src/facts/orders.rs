//! The order book: orders with their items and histories, keys, duplicates.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use contracts::order::{PizzaOrder, StatusChange};
use diesel::QueryableByName;
use diesel::sql_types::{Bool, Bytea, Date, Int4, Int8, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use domain::orders::status::OrderStatus;
use prost::Message as _;
use uuid::Uuid;

/// Everything in the schema `orders`.
#[derive(Debug, Default)]
pub struct OrderBook {
    /// By creation.
    pub orders: Vec<StoredOrder>,
    /// Scope and key, and whose they are.
    pub keys: HashMap<(String, String), Uuid>,
    /// Orders that were not stored, and the ones in their place.
    pub duplicates: HashMap<Uuid, Uuid>,
}

/// One row of `orders`, with what belongs to it.
#[derive(Debug)]
pub struct StoredOrder {
    /// The columns.
    pub row: OrderRow,
    /// The record; `None` when its bytes are no order.
    pub record: Option<PizzaOrder>,
    /// By index.
    pub items: Vec<ItemRow>,
    /// By version.
    pub history: Vec<HistoryRow>,
}

/// The columns of an order, called as they are.
#[derive(Debug, QueryableByName)]
pub struct OrderRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    pub branch_id: Uuid,
    #[diesel(sql_type = Text)]
    pub display_id: String,
    #[diesel(sql_type = Date)]
    pub business_date: NaiveDate,
    #[diesel(sql_type = Int8)]
    pub total: i64,
    #[diesel(sql_type = Int8)]
    pub discount: i64,
    #[diesel(sql_type = Int8)]
    pub fee: i64,
    #[diesel(sql_type = Int8)]
    pub final_price: i64,
    #[diesel(sql_type = Timestamptz)]
    pub slot_start: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    pub slot_end: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    pub visible_at: DateTime<Utc>,
    #[diesel(sql_type = Bytea)]
    pub record: Vec<u8>,
    #[diesel(sql_type = Text)]
    pub status: String,
    #[diesel(sql_type = Int8)]
    pub version: i64,
    #[diesel(sql_type = Bool)]
    pub shown: bool,
    #[diesel(sql_type = Text)]
    pub courier_id: String,
    #[diesel(sql_type = Text)]
    pub cancel_reason: String,
    #[diesel(sql_type = Text)]
    pub cancel_text: String,
}

/// The columns of an item, called as they are.
#[derive(Debug, QueryableByName)]
pub struct ItemRow {
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Int4)]
    pub item_index: i32,
    #[diesel(sql_type = Int4)]
    pub quantity: i32,
    #[diesel(sql_type = Int8)]
    pub unit_price: i64,
    #[diesel(sql_type = Text)]
    pub status: String,
    #[diesel(sql_type = Int8)]
    pub version: i64,
}

/// One later status of an order, its columns called as they are.
#[derive(Debug, QueryableByName)]
pub struct HistoryRow {
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Int8)]
    pub version: i64,
    #[diesel(sql_type = Text)]
    pub status: String,
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    pub actor: String,
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Text)]
    scope: String,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
}

#[derive(QueryableByName)]
struct DuplicateRow {
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    original_id: Uuid,
}

impl OrderBook {
    /// Reads the schema.
    pub async fn read(conn: &mut AsyncPgConnection) -> anyhow::Result<Self> {
        let rows: Vec<OrderRow> = diesel::sql_query(
            "SELECT id, created_at, branch_id, display_id, business_date, total, discount, fee, \
             final AS final_price, slot_start, slot_end, visible_at, record, status, version, shown, \
             courier_id, cancel_reason, cancel_text FROM orders.orders ORDER BY created_at, id",
        )
        .load(conn)
        .await?;
        let mut items: HashMap<_, Vec<ItemRow>> = HashMap::new();
        let sql = "SELECT order_id, created_at, item_index, quantity, unit_price, status, version \
                   FROM orders.order_items ORDER BY item_index";
        for item in diesel::sql_query(sql).load::<ItemRow>(conn).await? {
            items.entry((item.order_id, item.created_at)).or_default().push(item);
        }
        let mut histories: HashMap<_, Vec<HistoryRow>> = HashMap::new();
        let sql = "SELECT order_id, created_at, version, status, at, actor \
                   FROM orders.order_history ORDER BY version";
        for change in diesel::sql_query(sql).load::<HistoryRow>(conn).await? {
            histories.entry((change.order_id, change.created_at)).or_default().push(change);
        }
        let complete = |row: OrderRow| {
            let place = (row.id, row.created_at);
            StoredOrder {
                record: PizzaOrder::decode(row.record.as_slice()).ok(),
                items: items.remove(&place).unwrap_or_default(),
                history: histories.remove(&place).unwrap_or_default(),
                row,
            }
        };
        let orders = rows.into_iter().map(complete).collect();
        let sql = "SELECT scope, key, order_id FROM orders.order_keys";
        let keys: Vec<KeyRow> = diesel::sql_query(sql).load(conn).await?;
        let sql = "SELECT order_id, original_id FROM orders.order_duplicates";
        let duplicates: Vec<DuplicateRow> = diesel::sql_query(sql).load(conn).await?;
        Ok(Self {
            orders,
            keys: keys.into_iter().map(|row| ((row.scope, row.key), row.order_id)).collect(),
            duplicates: duplicates.into_iter().map(|row| (row.order_id, row.original_id)).collect(),
        })
    }

    /// Orders by id; of one that is stored twice the later row.
    pub fn by_id(&self) -> HashMap<Uuid, &StoredOrder> {
        self.orders.iter().map(|order| (order.row.id, order)).collect()
    }

    /// The order that stands for this one: itself, or the one that has its key.
    pub fn original(&self, id: Uuid) -> Uuid {
        self.duplicates.get(&id).copied().unwrap_or(id)
    }

    /// Menu revisions that orders were priced with.
    pub fn revisions(&self) -> BTreeSet<i64> {
        self.orders.iter().filter_map(|order| Some(order.record.as_ref()?.menu_revision)).collect()
    }
}

impl StoredOrder {
    /// Where it stands, if its status has a name.
    pub fn status(&self) -> Option<OrderStatus> {
        OrderStatus::parse(&self.row.status)
    }

    /// Whether somebody still has to do something about it.
    pub fn is_live(&self) -> bool {
        self.status().is_some_and(OrderStatus::is_live)
    }

    /// When the last thing happened to it.
    pub fn last_change(&self) -> DateTime<Utc> {
        self.history.last().map_or(self.row.created_at, |change| change.at)
    }

    /// Its present state in full, as events and copies carry it: the record, and what changed since.
    pub fn full(&self) -> Option<PizzaOrder> {
        let row = &self.row;
        let mut full = self.record.clone()?;
        full.history = vec![StatusChange {
            status: OrderStatus::Pending.as_str().to_owned(),
            at: row.created_at.timestamp_millis(),
            actor: full.placed_by.clone(),
            version: 1,
        }];
        full.history.extend(self.history.iter().map(|change| StatusChange {
            status: change.status.clone(),
            at: change.at.timestamp_millis(),
            actor: change.actor.clone(),
            version: change.version,
        }));
        for item in &mut full.items {
            let stored = self.items.iter().find(|stored| stored.item_index == item.item_index);
            let (status, version) =
                stored.map_or(("pending", 1), |stored| (stored.status.as_str(), stored.version));
            status.clone_into(&mut item.status);
            item.version = version;
        }
        full.status.clone_from(&row.status);
        full.version = row.version;
        full.shown = row.shown;
        full.courier_id.clone_from(&row.courier_id);
        full.cancel_reason.clone_from(&row.cancel_reason);
        full.cancel_text.clone_from(&row.cancel_text);
        Some(full)
    }
}
