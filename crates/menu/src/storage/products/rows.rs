//! Rows of products and what they mean.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::{CategoryId, ExtraId, NomenclatureId, ProductId, RecipeVersionId};
use domain::menu::{ExtraLink, Ingredient, Nutrition, Product, Stage, StageKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::StoreError;
use uuid::Uuid;

use crate::storage::schema::{product_extras, product_ingredients, products};
use crate::storage::{Kept, money, narrow, place, widen};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = products, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub(super) struct ProductRow {
    pub(super) id: Uuid,
    v1_name: String,
    category_id: Uuid,
    family: String,
    size_label: String,
    half_group: Option<String>,
    recipe_version_id: Option<Uuid>,
    kitchen: bool,
    route: Value,
    image: String,
    description: String,
    allergens: Vec<String>,
    nutrition: Option<Value>,
    ready_for_sale: bool,
    active: bool,
    position: i32,
    version: i64,
    archived_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = product_ingredients, check_for_backend(diesel::pg::Pg))]
pub(super) struct IngredientRow {
    product_id: Uuid,
    position: i32,
    nomenclature_id: Uuid,
    name: String,
    grams: i32,
    removable: bool,
    optional: bool,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = product_extras, check_for_backend(diesel::pg::Pg))]
pub(super) struct LinkRow {
    product_id: Uuid,
    position: i32,
    extra_id: Uuid,
    preselected: bool,
    price: Option<i64>,
    portion_grams: Option<i32>,
}

#[derive(Serialize, Deserialize)]
struct StageJson {
    kind: String,
    seconds: u32,
    oven_places: u32,
}

#[derive(Serialize, Deserialize)]
struct NutritionJson {
    kcal: u32,
    protein_mg: u32,
    fat_mg: u32,
    carbs_mg: u32,
}

impl ProductRow {
    pub(super) fn new(product: &Product, version: i64) -> Result<Self, StoreError> {
        let unwritable = |fault: serde_json::Error| StoreError::corrupt("products", product.id, fault);
        let route: Vec<_> = product.route.iter().map(StageJson::from).collect();
        let nutrition = product.nutrition.map(NutritionJson::from).map(serde_json::to_value);
        Ok(Self {
            id: product.id.as_uuid(),
            v1_name: product.v1_name.clone(),
            category_id: product.category.as_uuid(),
            family: product.family.clone(),
            size_label: product.size_label.clone(),
            half_group: product.half_group.clone(),
            recipe_version_id: product.recipe_version.map(RecipeVersionId::as_uuid),
            kitchen: product.kitchen,
            route: serde_json::to_value(route).map_err(unwritable)?,
            image: product.image.clone(),
            description: product.description.clone(),
            allergens: product.allergens.clone(),
            nutrition: nutrition.transpose().map_err(unwritable)?,
            ready_for_sale: product.ready_for_sale,
            active: product.active,
            position: product.position,
            version,
            archived_at: None,
        })
    }
}

impl IngredientRow {
    pub(super) fn of(product: &Product) -> Vec<Self> {
        let row = |(at, ingredient): (usize, &Ingredient)| Self {
            product_id: product.id.as_uuid(),
            position: place(at),
            nomenclature_id: ingredient.id.as_uuid(),
            name: ingredient.name.clone(),
            grams: narrow(ingredient.grams),
            removable: ingredient.removable,
            optional: ingredient.optional,
        };
        product.composition.iter().enumerate().map(row).collect()
    }
}

impl LinkRow {
    pub(super) fn of(product: &Product) -> Vec<Self> {
        let row = |(at, link): (usize, &ExtraLink)| Self {
            product_id: product.id.as_uuid(),
            position: place(at),
            extra_id: link.extra.as_uuid(),
            preselected: link.default,
            price: link.price.map(i64::from),
            portion_grams: link.portion_grams.map(narrow),
        };
        product.extras.iter().enumerate().map(row).collect()
    }
}

/// Puts rows together; the parts come in the order of their positions.
pub(super) fn lift(
    rows: Vec<ProductRow>,
    ingredients: Vec<IngredientRow>,
    links: Vec<LinkRow>,
) -> Result<Vec<Kept<Product>>, StoreError> {
    let mut composition: HashMap<Uuid, Vec<Ingredient>> = HashMap::new();
    for row in ingredients {
        composition.entry(row.product_id).or_default().push(row.into());
    }
    let mut extras: HashMap<Uuid, Vec<ExtraLink>> = HashMap::new();
    for row in links {
        extras.entry(row.product_id).or_default().push(row.try_into()?);
    }
    let product = |row: ProductRow| {
        let composition = composition.remove(&row.id).unwrap_or_default();
        let extras = extras.remove(&row.id).unwrap_or_default();
        row.lift(composition, extras)
    };
    rows.into_iter().map(product).collect()
}

impl ProductRow {
    fn lift(self, composition: Vec<Ingredient>, extras: Vec<ExtraLink>) -> Result<Kept<Product>, StoreError> {
        let id = self.id;
        let unreadable = |fault: serde_json::Error| StoreError::corrupt("products", id, fault);
        let route: Vec<StageJson> = serde_json::from_value(self.route).map_err(unreadable)?;
        let route: Option<Vec<_>> = route.into_iter().map(StageJson::lift).collect();
        let nutrition = self.nutrition.map(serde_json::from_value::<NutritionJson>);
        let value = Product {
            id: ProductId::from_uuid(id),
            v1_name: self.v1_name,
            category: CategoryId::from_uuid(self.category_id),
            family: self.family,
            size_label: self.size_label,
            half_group: self.half_group,
            route: route.ok_or_else(|| StoreError::corrupt("products", id, "unknown kind of stage"))?,
            composition,
            recipe_version: self.recipe_version_id.map(RecipeVersionId::from_uuid),
            kitchen: self.kitchen,
            allergens: self.allergens,
            image: self.image,
            description: self.description,
            nutrition: nutrition.transpose().map_err(unreadable)?.map(Nutrition::from),
            ready_for_sale: self.ready_for_sale,
            active: self.active,
            extras,
            position: self.position,
        };
        Ok(Kept { value, version: self.version, archived: self.archived_at.is_some() })
    }
}

impl From<IngredientRow> for Ingredient {
    fn from(row: IngredientRow) -> Self {
        Self {
            id: NomenclatureId::from_uuid(row.nomenclature_id),
            name: row.name,
            grams: widen(row.grams),
            removable: row.removable,
            optional: row.optional,
        }
    }
}

impl TryFrom<LinkRow> for ExtraLink {
    type Error = StoreError;

    fn try_from(row: LinkRow) -> Result<Self, StoreError> {
        let price = row.price.map(|amount| money("product_extras", row.product_id, amount));
        Ok(Self {
            extra: ExtraId::from_uuid(row.extra_id),
            default: row.preselected,
            price: price.transpose()?,
            portion_grams: row.portion_grams.map(widen),
        })
    }
}

impl From<&Stage> for StageJson {
    fn from(stage: &Stage) -> Self {
        let Stage { kind, seconds, oven_places } = *stage;
        Self { kind: kind.as_str().to_owned(), seconds, oven_places }
    }
}

impl StageJson {
    fn lift(self) -> Option<Stage> {
        let Self { kind, seconds, oven_places } = self;
        StageKind::parse(&kind).map(|kind| Stage { kind, seconds, oven_places })
    }
}

impl From<Nutrition> for NutritionJson {
    fn from(value: Nutrition) -> Self {
        let Nutrition { kcal, protein_mg, fat_mg, carbs_mg } = value;
        Self { kcal, protein_mg, fat_mg, carbs_mg }
    }
}

impl From<NutritionJson> for Nutrition {
    fn from(json: NutritionJson) -> Self {
        let NutritionJson { kcal, protein_mg, fat_mg, carbs_mg } = json;
        Self { kcal, protein_mg, fat_mg, carbs_mg }
    }
}
