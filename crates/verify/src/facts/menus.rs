//! The menus that orders were priced with.

use std::collections::{BTreeSet, HashMap};

use contracts::menu::v1::MenuSnapshot;
use contracts::menu_snapshot::to_domain;
use diesel::QueryableByName;
use diesel::sql_types::{Array, Bytea, Int8};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use domain::menu::Menu;
use prost::Message as _;

use super::rows;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Int8)]
    revision: i64,
    #[diesel(sql_type = Bytea)]
    snapshot: Vec<u8>,
}

/// Those of the revisions that are kept, if menu's schema is in the same database; `None` for one that is no menu.
pub async fn read(
    conn: &mut AsyncPgConnection,
    revisions: &BTreeSet<i64>,
) -> anyhow::Result<HashMap<i64, Option<Menu>>> {
    if revisions.is_empty() || !rows::exists(conn, "menu.revisions").await? {
        return Ok(HashMap::new());
    }
    let sql = "SELECT revision, snapshot FROM menu.revisions WHERE revision = ANY($1)";
    let wanted: Vec<i64> = revisions.iter().copied().collect();
    let found: Vec<Row> = diesel::sql_query(sql).bind::<Array<Int8>, _>(wanted).load(conn).await?;
    Ok(found.into_iter().map(|row| (row.revision, menu(&row.snapshot))).collect())
}

fn menu(snapshot: &[u8]) -> Option<Menu> {
    to_domain(&MenuSnapshot::decode(snapshot).ok()?).ok()
}
