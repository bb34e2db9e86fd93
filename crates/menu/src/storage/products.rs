//! Products with their composition and links to extras.

mod rows;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::ids::ProductId;
use domain::menu::Product;
use store::StoreError;
use uuid::Uuid;

use self::rows::{IngredientRow, LinkRow, ProductRow};
use super::schema::{product_extras, product_ingredients, products, set_components, set_options, sets};
use super::{Kept, Page};

/// Creates a product, or replaces it with its composition and links; an archived one is back.
pub async fn put(conn: &mut AsyncPgConnection, product: &Product, version: i64) -> Result<(), StoreError> {
    let row = ProductRow::new(product, version)?;
    let insert = diesel::insert_into(products::table).values(&row).on_conflict(products::id);
    insert.do_update().set(&row).execute(conn).await?;

    let id = product.id.as_uuid();
    diesel::delete(product_ingredients::table.filter(product_ingredients::product_id.eq(id)))
        .execute(conn)
        .await?;
    diesel::delete(product_extras::table.filter(product_extras::product_id.eq(id))).execute(conn).await?;
    let ingredients = IngredientRow::of(product);
    diesel::insert_into(product_ingredients::table).values(&ingredients).execute(conn).await?;
    diesel::insert_into(product_extras::table).values(&LinkRow::of(product)).execute(conn).await?;
    Ok(())
}

/// Takes a product off the menu for good; `false` when there was none to take.
pub async fn archive(
    conn: &mut AsyncPgConnection,
    id: ProductId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let present = products::table.find(id.as_uuid()).filter(products::archived_at.is_null());
    let archived = (
        products::active.eq(false),
        products::archived_at.eq(at),
        products::version.eq(products::version + 1),
    );
    Ok(diesel::update(present).set(archived).execute(conn).await? == 1)
}

/// One product, archived or not.
pub async fn find(conn: &mut AsyncPgConnection, id: ProductId) -> Result<Option<Kept<Product>>, StoreError> {
    let query = products::table.find(id.as_uuid()).select(ProductRow::as_select());
    let row: Option<ProductRow> = query.first(conn).await.optional()?;
    Ok(assemble(conn, row.into_iter().collect()).await?.pop())
}

/// Those of the ids that are products and not archived.
pub async fn present(conn: &mut AsyncPgConnection, ids: &[ProductId]) -> Result<Vec<ProductId>, StoreError> {
    let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
    let found = products::table.filter(products::id.eq_any(ids)).filter(products::archived_at.is_null());
    let found: Vec<Uuid> = found.select(products::id).load(conn).await?;
    Ok(found.into_iter().map(ProductId::from_uuid).collect())
}

/// Names of sets that hold the product, fixed or as an option.
pub async fn users(conn: &mut AsyncPgConnection, id: ProductId) -> Result<Vec<String>, StoreError> {
    let fixed = set_components::table
        .filter(set_components::product_id.eq(id.as_uuid()))
        .select(set_components::set_id);
    let chosen =
        set_options::table.filter(set_options::product_id.eq(id.as_uuid())).select(set_options::set_id);
    let holding = sets::table
        .filter(sets::archived_at.is_null())
        .filter(sets::id.eq_any(fixed).or(sets::id.eq_any(chosen)));
    Ok(holding.select(sets::v1_name).order(sets::v1_name).load(conn).await?)
}

/// A page of products by id, without archived ones.
pub async fn page(conn: &mut AsyncPgConnection, page: Page) -> Result<Vec<Kept<Product>>, StoreError> {
    let mut query = products::table
        .filter(products::archived_at.is_null())
        .select(ProductRow::as_select())
        .order(products::id)
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(products::id.gt(after));
    }
    let rows = query.limit(page.limit).load(conn).await?;
    assemble(conn, rows).await
}

/// Every product that is not archived.
pub async fn all(conn: &mut AsyncPgConnection) -> Result<Vec<Product>, StoreError> {
    let present = products::table.filter(products::archived_at.is_null()).order(products::id);
    let rows = present.select(ProductRow::as_select()).load(conn).await?;
    Ok(assemble(conn, rows).await?.into_iter().map(|kept| kept.value).collect())
}

async fn assemble(
    conn: &mut AsyncPgConnection,
    rows: Vec<ProductRow>,
) -> Result<Vec<Kept<Product>>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let ingredients: Vec<IngredientRow> = product_ingredients::table
        .filter(product_ingredients::product_id.eq_any(&ids))
        .order((product_ingredients::product_id, product_ingredients::position))
        .select(IngredientRow::as_select())
        .load(conn)
        .await?;
    let links: Vec<LinkRow> = product_extras::table
        .filter(product_extras::product_id.eq_any(&ids))
        .order((product_extras::product_id, product_extras::position))
        .select(LinkRow::as_select())
        .load(conn)
        .await?;
    rows::lift(rows, ingredients, links)
}
