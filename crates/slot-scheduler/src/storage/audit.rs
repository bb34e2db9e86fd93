//! Who changed what, in the transaction of the change.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use store::StoreError;

use super::schema::audit;

/// One change by one person.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = audit)]
pub struct AuditRow {
    /// When.
    pub at: DateTime<Utc>,
    /// Subject of the verified identity.
    pub actor: String,
    /// Such as `slot.disable`.
    pub action: &'static str,
    /// Id of what was changed.
    pub entity: String,
    /// What it is now.
    pub change: serde_json::Value,
}

/// Keeps one change.
pub async fn append(conn: &mut AsyncPgConnection, row: AuditRow) -> Result<(), StoreError> {
    diesel::insert_into(audit::table).values(row).execute(conn).await?;
    Ok(())
}
