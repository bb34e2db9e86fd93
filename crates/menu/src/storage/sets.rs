//! Sets with their components and options.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::ids::{ChoiceGroupId, ProductId, SetId};
use domain::menu::{ChoiceOption, Component, Set};
use store::StoreError;
use uuid::Uuid;

use super::schema::{set_components, set_options, sets};
use super::{Kept, Page, money, narrow, place, widen};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = sets, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
struct SetRow {
    id: Uuid,
    v1_name: String,
    description: String,
    image: String,
    active: bool,
    version: i64,
    archived_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = set_components, check_for_backend(diesel::pg::Pg))]
struct ComponentRow {
    set_id: Uuid,
    position: i32,
    units: i32,
    product_id: Option<Uuid>,
    group_id: Option<Uuid>,
    group_name: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = set_options, check_for_backend(diesel::pg::Pg))]
struct OptionRow {
    set_id: Uuid,
    component: i32,
    position: i32,
    product_id: Uuid,
    surcharge: i64,
}

/// Creates a set, or replaces it with its components; an archived one is back.
pub async fn put(conn: &mut AsyncPgConnection, set: &Set, version: i64) -> Result<(), StoreError> {
    let row = SetRow {
        id: set.id.as_uuid(),
        v1_name: set.v1_name.clone(),
        description: set.description.clone(),
        image: set.image.clone(),
        active: set.active,
        version,
        archived_at: None,
    };
    diesel::insert_into(sets::table)
        .values(&row)
        .on_conflict(sets::id)
        .do_update()
        .set(&row)
        .execute(conn)
        .await?;
    diesel::delete(set_options::table.filter(set_options::set_id.eq(row.id))).execute(conn).await?;
    diesel::delete(set_components::table.filter(set_components::set_id.eq(row.id))).execute(conn).await?;
    let components = set.components.iter().enumerate();
    let components: Vec<_> = components.map(|(at, each)| ComponentRow::new(row.id, at, each)).collect();
    diesel::insert_into(set_components::table).values(&components).execute(conn).await?;
    diesel::insert_into(set_options::table).values(&OptionRow::of(set)).execute(conn).await?;
    Ok(())
}

/// Takes a set off the menu for good; `false` when there was none to take.
pub async fn archive(conn: &mut AsyncPgConnection, id: SetId, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let present = sets::table.find(id.as_uuid()).filter(sets::archived_at.is_null());
    let archived = (sets::active.eq(false), sets::archived_at.eq(at), sets::version.eq(sets::version + 1));
    Ok(diesel::update(present).set(archived).execute(conn).await? == 1)
}

/// One set, archived or not.
pub async fn find(conn: &mut AsyncPgConnection, id: SetId) -> Result<Option<Kept<Set>>, StoreError> {
    let query = sets::table.find(id.as_uuid()).select(SetRow::as_select());
    let row: Option<SetRow> = query.first(conn).await.optional()?;
    Ok(assemble(conn, row.into_iter().collect()).await?.pop())
}

/// A page of sets by id, without archived ones.
pub async fn page(conn: &mut AsyncPgConnection, page: Page) -> Result<Vec<Kept<Set>>, StoreError> {
    let mut query = sets::table
        .filter(sets::archived_at.is_null())
        .select(SetRow::as_select())
        .order(sets::id)
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(sets::id.gt(after));
    }
    let rows = query.limit(page.limit).load(conn).await?;
    assemble(conn, rows).await
}

/// Every set that is not archived.
pub async fn all(conn: &mut AsyncPgConnection) -> Result<Vec<Set>, StoreError> {
    let present = sets::table.filter(sets::archived_at.is_null()).order(sets::id);
    let rows = present.select(SetRow::as_select()).load(conn).await?;
    Ok(assemble(conn, rows).await?.into_iter().map(|kept| kept.value).collect())
}

async fn assemble(conn: &mut AsyncPgConnection, rows: Vec<SetRow>) -> Result<Vec<Kept<Set>>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let parts: Vec<ComponentRow> = set_components::table
        .filter(set_components::set_id.eq_any(&ids))
        .order((set_components::set_id, set_components::position))
        .select(ComponentRow::as_select())
        .load(conn)
        .await?;
    let offered: Vec<OptionRow> = set_options::table
        .filter(set_options::set_id.eq_any(&ids))
        .order((set_options::set_id, set_options::component, set_options::position))
        .select(OptionRow::as_select())
        .load(conn)
        .await?;
    let mut options: HashMap<(Uuid, i32), Vec<ChoiceOption>> = HashMap::new();
    for row in offered {
        options.entry((row.set_id, row.component)).or_default().push(row.try_into()?);
    }
    let mut components: HashMap<Uuid, Vec<Component>> = HashMap::new();
    for row in parts {
        let options = options.remove(&(row.set_id, row.position)).unwrap_or_default();
        components.entry(row.set_id).or_default().push(row.lift(options)?);
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let components = components.remove(&row.id).unwrap_or_default();
            row.lift(components)
        })
        .collect())
}

impl SetRow {
    fn lift(self, components: Vec<Component>) -> Kept<Set> {
        let value = Set {
            id: SetId::from_uuid(self.id),
            v1_name: self.v1_name,
            description: self.description,
            image: self.image,
            components,
            active: self.active,
        };
        Kept { value, version: self.version, archived: self.archived_at.is_some() }
    }
}

impl ComponentRow {
    fn new(set_id: Uuid, at: usize, component: &Component) -> Self {
        let (product_id, group_id, group_name) = match component {
            Component::Fixed { product, .. } => (Some(product.as_uuid()), None, None),
            Component::Choice { group, name, .. } => (None, Some(group.as_uuid()), Some(name.clone())),
        };
        let units = narrow(component.units());
        Self { set_id, position: place(at), units, product_id, group_id, group_name }
    }

    fn lift(self, options: Vec<ChoiceOption>) -> Result<Component, StoreError> {
        let units = widen(self.units);
        match (self.product_id, self.group_id, self.group_name) {
            (Some(product), None, None) => {
                Ok(Component::Fixed { product: ProductId::from_uuid(product), count: units })
            }
            (None, Some(group), Some(name)) => {
                Ok(Component::Choice { group: ChoiceGroupId::from_uuid(group), name, take: units, options })
            }
            _ => Err(StoreError::corrupt("set_components", self.set_id, "neither a product nor a choice")),
        }
    }
}

impl OptionRow {
    fn of(set: &Set) -> Vec<Self> {
        let mut rows = Vec::new();
        for (component, each) in set.components.iter().enumerate() {
            let Component::Choice { options, .. } = each else { continue };
            rows.extend(options.iter().enumerate().map(|(at, option)| Self {
                set_id: set.id.as_uuid(),
                component: place(component),
                position: place(at),
                product_id: option.product.as_uuid(),
                surcharge: option.surcharge.kopecks(),
            }));
        }
        rows
    }
}

impl TryFrom<OptionRow> for ChoiceOption {
    type Error = StoreError;

    fn try_from(row: OptionRow) -> Result<Self, StoreError> {
        let surcharge = money("set_options", row.set_id, row.surcharge)?;
        Ok(Self { product: ProductId::from_uuid(row.product_id), surcharge })
    }
}
