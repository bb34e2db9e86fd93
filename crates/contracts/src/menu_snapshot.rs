//! The menu snapshot on the wire, as the domain's [`Menu`].

mod fields;

use chrono::{DateTime, Utc};
use domain::channel::Channel;
use domain::menu::{
    Category, ChoiceOption, Component, DeliveryZone, Extra, ExtraLink, HalfPriceRule, Ingredient, Menu,
    MenuBranch, MenuFault, MenuParts, Nutrition, Price, PriceSubject, Product, Set, Stage, Stop, StopSubject,
    Terms,
};

use self::fields::{amount, count, id, named, optional_amount, optional_id};
use crate::menu::v1 as wire;

/// Why a snapshot on the wire is no menu.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotFault {
    /// A field that no writer of ours fills like this.
    #[error("{field} of {of} {why}")]
    Field {
        /// Which field.
        field: &'static str,
        /// Of what.
        of: String,
        /// What is wrong with it.
        why: String,
    },
    /// Parts that do not fit together.
    #[error(transparent)]
    Menu(#[from] MenuFault),
}

/// Reads a snapshot; everything that holds the result can rely on every reference in it.
pub fn to_domain(snapshot: &wire::MenuSnapshot) -> Result<Menu, SnapshotFault> {
    let parts = MenuParts {
        revision: u64::try_from(snapshot.revision).unwrap_or_default(),
        branches: all(&snapshot.branches, branch)?,
        categories: all(&snapshot.categories, category)?,
        products: all(&snapshot.products, product)?,
        extras: all(&snapshot.extras, extra)?,
        sets: all(&snapshot.sets, set)?,
        prices: all(&snapshot.prices, price)?,
        stops: all(&snapshot.stops, stop)?,
    };
    Ok(Menu::new(parts)?)
}

fn all<W, T>(entries: &[W], read: impl Fn(&W) -> Result<T, SnapshotFault>) -> Result<Vec<T>, SnapshotFault> {
    entries.iter().map(read).collect()
}

fn branch(wire: &wire::BranchTerms) -> Result<MenuBranch, SnapshotFault> {
    let of = &wire.branch_id;
    let terms = Terms {
        half_price_rule: named("half_price_rule", of, &wire.half_price_rule, HalfPriceRule::parse)?,
        zones: all(&wire.zones, zone)?,
        default_zone: optional_id("default_zone_id", of, &wire.default_zone_id)?,
    };
    Ok(MenuBranch {
        id: id("branch_id", of, &wire.branch_id)?,
        code: wire.code.clone(),
        name: wire.name.clone(),
        time_zone: wire.time_zone.clone(),
        active: wire.active,
        is_default: wire.is_default,
        terms,
    })
}

fn zone(wire: &wire::DeliveryZone) -> Result<DeliveryZone, SnapshotFault> {
    let of = &wire.id;
    Ok(DeliveryZone {
        id: id("id", of, &wire.id)?,
        name: wire.name.clone(),
        fee: amount("fee", of, wire.fee)?,
        minimum: amount("minimum", of, wire.minimum)?,
        free_from: optional_amount("free_from", of, wire.free_from)?,
        extra_minutes: count("extra_minutes", of, wire.extra_minutes)?,
    })
}

fn category(wire: &wire::Category) -> Result<Category, SnapshotFault> {
    let of = &wire.id;
    Ok(Category {
        id: id("id", of, &wire.id)?,
        name: wire.name.clone(),
        position: wire.position,
        kitchen: named("kitchen_category", of, &wire.kitchen_category, domain::menu::KitchenCategory::parse)?,
    })
}

fn product(wire: &wire::Product) -> Result<Product, SnapshotFault> {
    let of = &wire.id;
    Ok(Product {
        id: id("id", of, &wire.id)?,
        v1_name: wire.v1_name.clone(),
        category: id("category_id", of, &wire.category_id)?,
        family: wire.family.clone(),
        size_label: wire.size.clone(),
        half_group: Some(wire.half_group.clone()).filter(|group| !group.is_empty()),
        route: all(&wire.route, |each| stage(of, each))?,
        composition: all(&wire.composition, |each| ingredient(of, each))?,
        recipe_version: optional_id("recipe_version_id", of, &wire.recipe_version_id)?,
        kitchen: wire.kitchen,
        allergens: wire.allergens.clone(),
        image: wire.image.clone(),
        description: wire.description.clone(),
        nutrition: wire.nutrition.as_ref().map(|each| nutrition(of, each)).transpose()?,
        ready_for_sale: wire.ready_for_sale,
        active: wire.active,
        extras: all(&wire.extras, |each| extra_link(of, each))?,
        position: wire.position,
    })
}

fn stage(of: &str, wire: &wire::RouteStage) -> Result<Stage, SnapshotFault> {
    Ok(Stage {
        kind: named("route.kind", of, &wire.kind, domain::menu::StageKind::parse)?,
        seconds: count("route.seconds", of, wire.seconds)?,
        oven_places: count("route.oven_places", of, wire.oven_places)?,
    })
}

fn ingredient(of: &str, wire: &wire::Ingredient) -> Result<Ingredient, SnapshotFault> {
    Ok(Ingredient {
        id: id("composition.id", of, &wire.id)?,
        name: wire.name.clone(),
        grams: count("composition.grams", of, wire.grams)?,
        removable: wire.removable,
        optional: wire.optional,
    })
}

fn nutrition(of: &str, wire: &wire::Nutrition) -> Result<Nutrition, SnapshotFault> {
    Ok(Nutrition {
        kcal: count("nutrition.kcal", of, wire.kcal)?,
        protein_mg: count("nutrition.protein_mg", of, wire.protein_mg)?,
        fat_mg: count("nutrition.fat_mg", of, wire.fat_mg)?,
        carbs_mg: count("nutrition.carbs_mg", of, wire.carbs_mg)?,
    })
}

fn extra_link(of: &str, wire: &wire::ExtraLink) -> Result<ExtraLink, SnapshotFault> {
    Ok(ExtraLink {
        extra: id("extras.extra_id", of, &wire.extra_id)?,
        default: wire.preselected,
        price: optional_amount("extras.price", of, wire.price)?,
        portion_grams: wire
            .portion_grams
            .map(|grams| count("extras.portion_grams", of, grams))
            .transpose()?,
    })
}

fn extra(wire: &wire::Extra) -> Result<Extra, SnapshotFault> {
    let of = &wire.id;
    Ok(Extra {
        id: id("id", of, &wire.id)?,
        name: wire.name.clone(),
        portion_grams: count("portion_grams", of, wire.portion_grams)?,
        max_per_unit: count("max_per_unit", of, wire.max_per_unit)?,
        nomenclature: optional_id("nomenclature_id", of, &wire.nomenclature_id)?,
        active: wire.active,
    })
}

fn set(wire: &wire::Set) -> Result<Set, SnapshotFault> {
    let of = &wire.id;
    Ok(Set {
        id: id("id", of, &wire.id)?,
        v1_name: wire.v1_name.clone(),
        description: wire.description.clone(),
        image: wire.image.clone(),
        components: all(&wire.components, |each| component(of, each))?,
        active: wire.active,
    })
}

fn component(of: &str, wire: &wire::Component) -> Result<Component, SnapshotFault> {
    match &wire.what {
        Some(wire::component::What::Fixed(fixed)) => Ok(Component::Fixed {
            product: id("components.product_id", of, &fixed.product_id)?,
            count: count("components.count", of, fixed.count)?,
        }),
        Some(wire::component::What::Choice(choice)) => Ok(Component::Choice {
            group: id("components.id", of, &choice.id)?,
            name: choice.name.clone(),
            take: count("components.take", of, choice.take)?,
            options: all(&choice.options, |each| option(of, each))?,
        }),
        None => Err(fields::fault("components", of, "holds neither a product nor a choice")),
    }
}

fn option(of: &str, wire: &wire::ChoiceOption) -> Result<ChoiceOption, SnapshotFault> {
    Ok(ChoiceOption {
        product: id("components.options.product_id", of, &wire.product_id)?,
        surcharge: amount("components.options.surcharge", of, wire.surcharge)?,
    })
}

fn price(wire: &wire::Price) -> Result<Price, SnapshotFault> {
    let of = &wire.subject_id;
    let subject = match wire.subject_kind.as_str() {
        "product" => PriceSubject::Product(id("subject_id", of, of)?),
        "extra" => PriceSubject::Extra(id("subject_id", of, of)?),
        "set" => PriceSubject::Set(id("subject_id", of, of)?),
        _ => return Err(fields::fault("subject_kind", of, "is none of product, extra, set")),
    };
    Ok(Price {
        subject,
        branch: optional_id("branch_id", of, &wire.branch_id)?,
        amount: amount("amount", of, wire.amount)?,
        valid_from: instant("valid_from", of, wire.valid_from)?
            .ok_or_else(|| fields::fault("valid_from", of, "is missing"))?,
    })
}

fn stop(wire: &wire::Stop) -> Result<Stop, SnapshotFault> {
    let of = &wire.subject_id;
    let subject = match wire.subject_kind.as_str() {
        "product" => StopSubject::Product(id("subject_id", of, of)?),
        "set" => StopSubject::Set(id("subject_id", of, of)?),
        "extra" => StopSubject::Extra(id("subject_id", of, of)?),
        "nomenclature" => StopSubject::Nomenclature(id("subject_id", of, of)?),
        _ => {
            return Err(fields::fault("subject_kind", of, "is none of product, set, extra, nomenclature"));
        }
    };
    Ok(Stop {
        subject,
        branch: id("branch_id", of, &wire.branch_id)?,
        channels: all(&wire.channels, |name| named("channels", of, name, Channel::parse))?,
        until: instant("until", of, wire.until)?,
        reason: wire.reason.clone(),
    })
}

fn instant(
    field: &'static str,
    of: &str,
    at: Option<crate::timestamp::Timestamp>,
) -> Result<Option<DateTime<Utc>>, SnapshotFault> {
    at.map(|at| DateTime::<Utc>::try_from(at).map_err(|why| fields::fault(field, of, &why.to_string())))
        .transpose()
}
