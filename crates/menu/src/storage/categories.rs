//! Sections of the menu.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::ids::CategoryId;
use domain::menu::{Category, KitchenCategory};
use store::StoreError;
use uuid::Uuid;

use super::Page;
use super::schema::categories;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = categories, check_for_backend(diesel::pg::Pg))]
struct CategoryRow {
    id: Uuid,
    name: String,
    position: i32,
    kitchen_category: String,
}

/// Creates a category, or replaces it.
pub async fn put(conn: &mut AsyncPgConnection, category: &Category) -> Result<(), StoreError> {
    let row = CategoryRow {
        id: category.id.as_uuid(),
        name: category.name.clone(),
        position: category.position,
        kitchen_category: category.kitchen.as_str().to_owned(),
    };
    let insert = diesel::insert_into(categories::table).values(&row).on_conflict(categories::id);
    insert.do_update().set(&row).execute(conn).await?;
    Ok(())
}

/// Whether there is such a category.
pub async fn exists(conn: &mut AsyncPgConnection, id: CategoryId) -> Result<bool, StoreError> {
    let found = categories::table.find(id.as_uuid()).select(categories::id);
    Ok(found.first::<Uuid>(conn).await.optional()?.is_some())
}

/// One category.
pub async fn find(conn: &mut AsyncPgConnection, id: CategoryId) -> Result<Option<Category>, StoreError> {
    let query = categories::table.find(id.as_uuid()).select(CategoryRow::as_select());
    let row: Option<CategoryRow> = query.first(conn).await.optional()?;
    row.map(Category::try_from).transpose()
}

/// A page of categories by id.
pub async fn page(conn: &mut AsyncPgConnection, page: Page) -> Result<Vec<Category>, StoreError> {
    let mut query = categories::table.select(CategoryRow::as_select()).order(categories::id).into_boxed();
    if let Some(after) = page.after {
        query = query.filter(categories::id.gt(after));
    }
    lift(query.limit(page.limit).load(conn).await?)
}

/// Every category.
pub async fn all(conn: &mut AsyncPgConnection) -> Result<Vec<Category>, StoreError> {
    lift(categories::table.select(CategoryRow::as_select()).order(categories::id).load(conn).await?)
}

fn lift(rows: Vec<CategoryRow>) -> Result<Vec<Category>, StoreError> {
    rows.into_iter().map(Category::try_from).collect()
}

impl TryFrom<CategoryRow> for Category {
    type Error = StoreError;

    fn try_from(row: CategoryRow) -> Result<Self, StoreError> {
        let kitchen = KitchenCategory::parse(&row.kitchen_category)
            .ok_or_else(|| StoreError::corrupt("categories", row.id, "unknown kitchen category"))?;
        Ok(Self { id: CategoryId::from_uuid(row.id), name: row.name, position: row.position, kitchen })
    }
}
