//! Products.

use std::collections::HashSet;

use contracts::menu::v1 as wire;
use domain::ids::{CategoryId, ExtraId, NomenclatureId, ProductId, RecipeVersionId};
use domain::menu::{ExtraLink, Ingredient, Nutrition, Product, Stage, StageKind};
use domain::{ErrorKind, Faults, Refused};
use edge::Caller;

use super::fields;
use crate::app::put_product::PutProduct;

/// A product to be put by `caller`.
pub fn put_product(request: wire::PutProductRequest, caller: Caller) -> Result<PutProduct, Refused> {
    let raw = request.product.unwrap_or_default();
    let mut faults = Faults::new();
    let it = &mut faults;
    let id = fields::path_uuid(it, "product.id", &request.id, &raw.id);
    let half_group = fields::text(it, "product.half_group", &raw.half_group, 0..=60);
    let recipe_version = fields::optional_uuid(it, "product.recipe_version_id", &raw.recipe_version_id);
    let product = Product {
        id: ProductId::from_uuid(id),
        v1_name: fields::text(it, "product.v1_name", &raw.v1_name, 1..=100),
        category: CategoryId::from_uuid(fields::uuid(it, "product.category_id", &raw.category_id)),
        family: fields::text(it, "product.family", &raw.family, 0..=100),
        size_label: fields::text(it, "product.size", &raw.size, 0..=60),
        half_group: Some(half_group).filter(|group| !group.is_empty()),
        route: route(it, raw.kitchen, &raw.route),
        composition: composition(it, &raw.composition),
        recipe_version: recipe_version.map(RecipeVersionId::from_uuid),
        kitchen: raw.kitchen,
        allergens: allergens(it, &raw.allergens),
        image: fields::text(it, "product.image", &raw.image, 0..=500),
        description: fields::text(it, "product.description", &raw.description, 0..=2000),
        nutrition: raw.nutrition.map(|values| nutrition(it, &values)),
        ready_for_sale: raw.ready_for_sale,
        active: raw.active,
        extras: links(it, &raw.extras),
        position: raw.position,
    };
    faults.into_result()?;
    Ok(PutProduct { product, expected_version: request.expected_version, caller })
}

fn route(faults: &mut Faults, kitchen: bool, raw: &[wire::RouteStage]) -> Vec<Stage> {
    const REASON: &str = "ROUTE_INVALID";
    if raw.len() > 8 {
        faults.invalid("product.route", REASON, "must have 8 stages at most");
    }
    if kitchen && raw.is_empty() {
        faults.invalid("product.route", REASON, "is missing: the kitchen makes the product");
    }
    let mut stages = Vec::with_capacity(raw.len());
    for (at, stage) in raw.iter().enumerate() {
        let path = |field: &str| format!("product.route[{at}].{field}");
        let kind = fields::named(faults, path("kind"), REASON, &stage.kind, StageKind::parse);
        let seconds = fields::count(faults, path("seconds"), stage.seconds, 0..=7200, REASON);
        let oven_places = fields::count(faults, path("oven_places"), stage.oven_places, 0..=10, REASON);
        stages.extend(kind.map(|kind| Stage { kind, seconds, oven_places }));
    }
    stages
}

fn composition(faults: &mut Faults, raw: &[wire::Ingredient]) -> Vec<Ingredient> {
    fields::at_most(faults, "product.composition", raw, 50);
    let mut seen = HashSet::new();
    let mut ingredients = Vec::with_capacity(raw.len());
    for (at, ingredient) in raw.iter().enumerate() {
        let path = |field: &str| format!("product.composition[{at}].{field}");
        let id = fields::uuid(faults, path("id"), &ingredient.id);
        if !seen.insert(id) {
            faults.invalid(path("id"), "COMPOSITION_INVALID", "is there twice");
        }
        ingredients.push(Ingredient {
            id: NomenclatureId::from_uuid(id),
            name: fields::text(faults, path("name"), &ingredient.name, 1..=100),
            grams: fields::count(faults, path("grams"), ingredient.grams, 0..=100_000, "COMPOSITION_INVALID"),
            removable: ingredient.removable,
            optional: ingredient.optional,
        });
    }
    ingredients
}

fn links(faults: &mut Faults, raw: &[wire::ExtraLink]) -> Vec<ExtraLink> {
    fields::at_most(faults, "product.extras", raw, 100);
    let mut seen = HashSet::new();
    let mut links = Vec::with_capacity(raw.len());
    for (at, link) in raw.iter().enumerate() {
        let path = |field: &str| format!("product.extras[{at}].{field}");
        let extra = fields::uuid(faults, path("extra_id"), &link.extra_id);
        if !seen.insert(extra) {
            faults.add(ErrorKind::AlreadyExists, path("extra_id"), "LINK_EXISTS", "is linked twice");
        }
        let portion = link.portion_grams;
        links.push(ExtraLink {
            extra: ExtraId::from_uuid(extra),
            default: link.preselected,
            price: link.price.map(|roubles| fields::amount(faults, path("price"), roubles)),
            portion_grams: portion.map(|grams| {
                fields::count(faults, path("portion_grams"), grams, 0..=10_000, "PORTION_INVALID")
            }),
        });
    }
    links
}

fn allergens(faults: &mut Faults, raw: &[String]) -> Vec<String> {
    fields::at_most(faults, "product.allergens", raw, 20);
    let entry =
        |(at, name): (usize, &String)| fields::text(faults, format!("product.allergens[{at}]"), name, 1..=60);
    raw.iter().enumerate().map(entry).collect()
}

fn nutrition(faults: &mut Faults, raw: &wire::Nutrition) -> Nutrition {
    const REASON: &str = "NUTRITION_INVALID";
    let mut value = |field: &str, number: i32, most: u32| {
        fields::count(faults, format!("product.nutrition.{field}"), number, 0..=most, REASON)
    };
    Nutrition {
        kcal: value("kcal", raw.kcal, 1000),
        protein_mg: value("protein_mg", raw.protein_mg, 100_000),
        fat_mg: value("fat_mg", raw.fat_mg, 100_000),
        carbs_mg: value("carbs_mg", raw.carbs_mg, 100_000),
    }
}
