//! Extras: what can be added to products.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::ids::{ExtraId, NomenclatureId};
use domain::menu::Extra;
use domain::text::name_key;
use store::StoreError;
use uuid::Uuid;

use super::schema::{extras, product_extras, products};
use super::{Kept, Page, narrow, widen};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = extras, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
struct ExtraRow {
    id: Uuid,
    name: String,
    name_key: String,
    portion_grams: i32,
    max_per_unit: i32,
    nomenclature_id: Option<Uuid>,
    active: bool,
    version: i64,
    archived_at: Option<DateTime<Utc>>,
}

/// Creates an extra, or replaces it; an archived one is back.
pub async fn put(conn: &mut AsyncPgConnection, extra: &Extra, version: i64) -> Result<(), StoreError> {
    let row = ExtraRow {
        id: extra.id.as_uuid(),
        name: extra.name.clone(),
        name_key: name_key(&extra.name),
        portion_grams: narrow(extra.portion_grams),
        max_per_unit: narrow(extra.max_per_unit),
        nomenclature_id: extra.nomenclature.map(NomenclatureId::as_uuid),
        active: extra.active,
        version,
        archived_at: None,
    };
    let insert = diesel::insert_into(extras::table).values(&row).on_conflict(extras::id);
    insert.do_update().set(&row).execute(conn).await?;
    Ok(())
}

/// Takes an extra off the menu for good; `false` when there was none to take.
pub async fn archive(
    conn: &mut AsyncPgConnection,
    id: ExtraId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let present = extras::table.find(id.as_uuid()).filter(extras::archived_at.is_null());
    let archived =
        (extras::active.eq(false), extras::archived_at.eq(at), extras::version.eq(extras::version + 1));
    Ok(diesel::update(present).set(archived).execute(conn).await? == 1)
}

/// One extra, archived or not.
pub async fn find(conn: &mut AsyncPgConnection, id: ExtraId) -> Result<Option<Kept<Extra>>, StoreError> {
    let row = extras::table.find(id.as_uuid()).select(ExtraRow::as_select()).first(conn).await.optional()?;
    Ok(row.map(Kept::from))
}

/// Whether another extra holds the name.
pub async fn name_is_taken(
    conn: &mut AsyncPgConnection,
    name: &str,
    by: ExtraId,
) -> Result<bool, StoreError> {
    let holder =
        extras::table.filter(extras::name_key.eq(name_key(name))).filter(extras::id.ne(by.as_uuid()));
    Ok(holder.select(extras::id).first::<Uuid>(conn).await.optional()?.is_some())
}

/// Those of the ids that are extras and not archived.
pub async fn present(conn: &mut AsyncPgConnection, ids: &[ExtraId]) -> Result<Vec<ExtraId>, StoreError> {
    let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
    let found = extras::table.filter(extras::id.eq_any(ids)).filter(extras::archived_at.is_null());
    let found: Vec<Uuid> = found.select(extras::id).load(conn).await?;
    Ok(found.into_iter().map(ExtraId::from_uuid).collect())
}

/// Names of products that link to the extra.
pub async fn users(conn: &mut AsyncPgConnection, id: ExtraId) -> Result<Vec<String>, StoreError> {
    let linked = product_extras::table
        .inner_join(products::table.on(products::id.eq(product_extras::product_id)))
        .filter(product_extras::extra_id.eq(id.as_uuid()))
        .filter(products::archived_at.is_null());
    Ok(linked.select(products::v1_name).order(products::v1_name).load(conn).await?)
}

/// A page of extras by id, without archived ones.
pub async fn page(conn: &mut AsyncPgConnection, page: Page) -> Result<Vec<Kept<Extra>>, StoreError> {
    let mut query = extras::table
        .filter(extras::archived_at.is_null())
        .select(ExtraRow::as_select())
        .order(extras::id)
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(extras::id.gt(after));
    }
    let rows: Vec<ExtraRow> = query.limit(page.limit).load(conn).await?;
    Ok(rows.into_iter().map(Kept::from).collect())
}

/// Every extra that is not archived.
pub async fn all(conn: &mut AsyncPgConnection) -> Result<Vec<Extra>, StoreError> {
    let present = extras::table.filter(extras::archived_at.is_null()).order(extras::id);
    let rows: Vec<ExtraRow> = present.select(ExtraRow::as_select()).load(conn).await?;
    Ok(rows.into_iter().map(|row| Kept::from(row).value).collect())
}

impl From<ExtraRow> for Kept<Extra> {
    fn from(row: ExtraRow) -> Self {
        let value = Extra {
            id: ExtraId::from_uuid(row.id),
            name: row.name,
            portion_grams: widen(row.portion_grams),
            max_per_unit: widen(row.max_per_unit),
            nomenclature: row.nomenclature_id.map(NomenclatureId::from_uuid),
            active: row.active,
        };
        Self { value, version: row.version, archived: row.archived_at.is_some() }
    }
}
