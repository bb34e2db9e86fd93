//! Who holds which name: products and sets share one list, and archived ones keep theirs.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::menu::PriceSubject;
use domain::text::name_key;
use store::StoreError;
use uuid::Uuid;

use super::schema::sale_names;
use crate::subject::Columns as _;

/// Whether something else holds the name.
pub async fn is_taken(
    conn: &mut AsyncPgConnection,
    name: &str,
    by: PriceSubject,
) -> Result<bool, StoreError> {
    let (kind, id) = by.columns();
    let holder = sale_names::table.find(name_key(name)).select((sale_names::kind, sale_names::subject_id));
    let holder: Option<(String, Uuid)> = holder.first(conn).await.optional()?;
    Ok(holder.is_some_and(|(other_kind, other)| (other_kind.as_str(), other) != (kind, id)))
}

/// Gives the name to a product or set; the one it had before is free again.
pub async fn give(conn: &mut AsyncPgConnection, name: &str, to: PriceSubject) -> Result<(), StoreError> {
    let (kind, id) = to.columns();
    let former = sale_names::table.filter(sale_names::kind.eq(kind)).filter(sale_names::subject_id.eq(id));
    diesel::delete(former).execute(conn).await?;
    let row =
        (sale_names::name_key.eq(name_key(name)), sale_names::kind.eq(kind), sale_names::subject_id.eq(id));
    diesel::insert_into(sale_names::table).values(row).execute(conn).await?;
    Ok(())
}
