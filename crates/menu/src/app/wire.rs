//! The menu as messages: what goes into the snapshot, into answers, and into the audit.

use contracts::menu::v1 as wire;
use domain::Money;
use domain::ids::{BranchId, NomenclatureId, RecipeVersionId, ZoneId};
use domain::menu::{
    Category, ChoiceOption, Component, DeliveryZone, Extra, ExtraLink, Ingredient, Nutrition, Price, Product,
    Set, Stage,
};

use crate::storage::stops::StopEntry;
use crate::storage::terms::BranchRecord;
use crate::subject::Columns as _;

/// A category.
pub fn category(category: &Category) -> wire::Category {
    wire::Category {
        id: category.id.to_string(),
        name: category.name.clone(),
        position: category.position,
        kitchen_category: category.kitchen.as_str().to_owned(),
    }
}

/// A product.
pub fn product(product: &Product, version: i64) -> wire::Product {
    wire::Product {
        id: product.id.to_string(),
        v1_name: product.v1_name.clone(),
        category_id: product.category.to_string(),
        family: product.family.clone(),
        size: product.size_label.clone(),
        half_group: product.half_group.clone().unwrap_or_default(),
        recipe_version_id: text(product.recipe_version, RecipeVersionId::as_uuid),
        kitchen: product.kitchen,
        route: product.route.iter().map(stage).collect(),
        composition: product.composition.iter().map(ingredient).collect(),
        image: product.image.clone(),
        description: product.description.clone(),
        allergens: product.allergens.clone(),
        ready_for_sale: product.ready_for_sale,
        active: product.active,
        extras: product.extras.iter().map(link).collect(),
        nutrition: product.nutrition.map(nutrition),
        position: product.position,
        version,
    }
}

/// An extra.
pub fn extra(extra: &Extra, version: i64) -> wire::Extra {
    wire::Extra {
        id: extra.id.to_string(),
        name: extra.name.clone(),
        portion_grams: number(extra.portion_grams),
        max_per_unit: number(extra.max_per_unit),
        nomenclature_id: text(extra.nomenclature, NomenclatureId::as_uuid),
        active: extra.active,
        version,
    }
}

/// A set.
pub fn set(set: &Set, version: i64) -> wire::Set {
    wire::Set {
        id: set.id.to_string(),
        v1_name: set.v1_name.clone(),
        description: set.description.clone(),
        components: set.components.iter().map(component).collect(),
        active: set.active,
        image: set.image.clone(),
        version,
    }
}

/// A row of the price list.
pub fn price(price: &Price) -> wire::Price {
    let (kind, id) = price.subject.columns();
    wire::Price {
        subject_kind: kind.to_owned(),
        subject_id: id.to_string(),
        branch_id: text(price.branch, BranchId::as_uuid),
        amount: roubles(price.amount),
        valid_from: Some(price.valid_from.into()),
    }
}

/// An entry of a stop-list.
pub fn stop(entry: &StopEntry) -> wire::Stop {
    let (kind, id) = entry.stop.subject.columns();
    wire::Stop {
        id: entry.id.to_string(),
        branch_id: entry.stop.branch.to_string(),
        subject_kind: kind.to_owned(),
        subject_id: id.to_string(),
        channels: entry.stop.channels.iter().map(|channel| channel.as_str().to_owned()).collect(),
        until: entry.stop.until.map(Into::into),
        reason: entry.stop.reason.clone(),
        set_by: entry.set_by.clone(),
        set_at: Some(entry.set_at.into()),
    }
}

/// The commercial terms of a branch.
pub fn terms(record: &BranchRecord, version: i64) -> wire::BranchTerms {
    let branch = &record.branch;
    wire::BranchTerms {
        branch_id: branch.id.to_string(),
        code: branch.code.clone(),
        name: branch.name.clone(),
        time_zone: branch.time_zone.clone(),
        active: branch.active,
        is_default: branch.is_default,
        half_price_rule: branch.terms.half_price_rule.as_str().to_owned(),
        zones: branch.terms.zones.iter().map(zone).collect(),
        default_zone_id: text(branch.terms.default_zone, ZoneId::as_uuid),
        version,
        cut_off: record.cut_off.time().to_string(),
    }
}

/// Whole roubles; sale amounts have no kopecks and stay far below the limit of the wire.
pub fn roubles(amount: Money) -> i32 {
    i32::try_from(amount.roubles()).unwrap_or(i32::MAX)
}

/// A number of things.
pub fn number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Nutrition values.
pub fn nutrition(values: Nutrition) -> wire::Nutrition {
    wire::Nutrition {
        kcal: number(values.kcal),
        protein_mg: number(values.protein_mg),
        fat_mg: number(values.fat_mg),
        carbs_mg: number(values.carbs_mg),
    }
}

fn text<T>(id: Option<T>, bare: impl Fn(T) -> uuid::Uuid) -> String {
    id.map(|id| bare(id).to_string()).unwrap_or_default()
}

fn stage(stage: &Stage) -> wire::RouteStage {
    wire::RouteStage {
        kind: stage.kind.as_str().to_owned(),
        seconds: number(stage.seconds),
        oven_places: number(stage.oven_places),
    }
}

fn ingredient(ingredient: &Ingredient) -> wire::Ingredient {
    wire::Ingredient {
        id: ingredient.id.to_string(),
        name: ingredient.name.clone(),
        grams: number(ingredient.grams),
        removable: ingredient.removable,
        optional: ingredient.optional,
    }
}

fn link(link: &ExtraLink) -> wire::ExtraLink {
    wire::ExtraLink {
        extra_id: link.extra.to_string(),
        preselected: link.default,
        price: link.price.map(roubles),
        portion_grams: link.portion_grams.map(number),
    }
}

fn component(component: &Component) -> wire::Component {
    let what = match component {
        Component::Fixed { product, count } => wire::component::What::Fixed(wire::FixedComponent {
            product_id: product.to_string(),
            count: number(*count),
        }),
        Component::Choice { group, name, take, options } => {
            wire::component::What::Choice(wire::ChoiceGroup {
                id: group.to_string(),
                name: name.clone(),
                take: number(*take),
                options: options.iter().map(option).collect(),
            })
        }
    };
    wire::Component { what: Some(what) }
}

fn option(option: &ChoiceOption) -> wire::ChoiceOption {
    wire::ChoiceOption { product_id: option.product.to_string(), surcharge: roubles(option.surcharge) }
}

fn zone(zone: &DeliveryZone) -> wire::DeliveryZone {
    wire::DeliveryZone {
        id: zone.id.to_string(),
        name: zone.name.clone(),
        fee: roubles(zone.fee),
        minimum: roubles(zone.minimum),
        free_from: zone.free_from.map(roubles),
        extra_minutes: number(zone.extra_minutes),
    }
}
