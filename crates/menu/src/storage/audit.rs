//! Who changed what: rows are added in the transaction of the change.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use store::StoreError;
use uuid::Uuid;

use super::schema::audit;

/// One change.
#[derive(Clone, Debug, PartialEq, Insertable)]
#[diesel(table_name = audit)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// Subject of the identity that did it.
    pub actor: String,
    /// What was done, such as `put` or `archive`.
    pub action: &'static str,
    /// To what kind of thing.
    pub entity_kind: &'static str,
    /// To which one.
    pub entity_id: Uuid,
    /// How it is now.
    pub change: Value,
}

/// Adds an entry.
pub async fn add(conn: &mut AsyncPgConnection, entry: &Entry) -> Result<(), StoreError> {
    diesel::insert_into(audit::table).values(entry).execute(conn).await?;
    Ok(())
}
