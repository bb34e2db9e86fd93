//! What a snapshot must fulfil before anybody prices with it.

use std::collections::HashSet;
use std::fmt::Display;

use super::{Component, Extra, MenuBranch, MenuParts, Price, PriceSubject, Product, Set};
use crate::ids::{CategoryId, ExtraId, ProductId, SetId};
use crate::text::name_key;

/// The most component units of a set.
const MOST_SET_UNITS: u32 = 20;

/// The most stages of a route.
const MOST_STAGES: usize = 8;

/// Why parts make no menu.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MenuFault {
    /// Two things with one id.
    #[error("{kind} {id} is there twice")]
    Twice {
        /// What they are.
        kind: &'static str,
        /// Their id.
        id: String,
    },
    /// Two things with one name.
    #[error("the name {0:?} is taken twice")]
    NameTaken(String),
    /// Something that refers to what is not there.
    #[error("{what} refers to {kind} {id}, which does not exist")]
    Dangling {
        /// Who refers.
        what: String,
        /// To what kind of thing.
        kind: &'static str,
        /// With which id.
        id: String,
    },
    /// Kopecks, or above the highest price.
    #[error("a price of {0} is not whole roubles within 0..=100000")]
    PriceInvalid(String),
    /// A set without components, or a choice of more than is offered.
    #[error("set {0:?} must have 1..=20 component units and enough options")]
    SetInvalid(String),
    /// A route of more than 8 stages.
    #[error("product {0:?} has too long a route")]
    RouteInvalid(String),
    /// More than 5 of one extra per unit, or none.
    #[error("extra {0:?} must allow 1..=5 per unit")]
    ExtraInvalid(String),
    /// More than one branch for orders that name none.
    #[error("there is more than one default branch")]
    DefaultBranchTwice,
}

pub(super) fn check(parts: &MenuParts) -> Result<(), MenuFault> {
    let known = Known {
        categories: unique("category", parts.categories.iter().map(|category| category.id))?,
        products: unique("product", parts.products.iter().map(|product| product.id))?,
        extras: unique("extra", parts.extras.iter().map(|extra| extra.id))?,
        sets: unique("set", parts.sets.iter().map(|set| set.id))?,
    };
    unique("branch", parts.branches.iter().map(|branch| branch.id))?;
    let names = parts.products.iter().map(|product| &product.v1_name);
    unique_names(names.chain(parts.sets.iter().map(|set| &set.v1_name)))?;
    unique_names(parts.extras.iter().map(|extra| &extra.name))?;

    if parts.branches.iter().filter(|branch| branch.is_default).count() > 1 {
        return Err(MenuFault::DefaultBranchTwice);
    }
    parts.branches.iter().try_for_each(check_branch)?;
    parts.products.iter().try_for_each(|product| check_product(product, &known))?;
    parts.extras.iter().try_for_each(check_extra)?;
    parts.sets.iter().try_for_each(|set| check_set(set, &known))?;
    parts.prices.iter().try_for_each(|price| check_price(price, &known))
}

struct Known {
    categories: HashSet<CategoryId>,
    products: HashSet<ProductId>,
    extras: HashSet<ExtraId>,
    sets: HashSet<SetId>,
}

fn check_branch(branch: &MenuBranch) -> Result<(), MenuFault> {
    let zones = unique("zone", branch.terms.zones.iter().map(|zone| zone.id))?;
    if let Some(zone) = branch.terms.default_zone.filter(|zone| !zones.contains(zone)) {
        return Err(dangling(format!("branch {}", branch.code), "zone", zone));
    }
    branch.terms.zones.iter().map(|zone| zone.fee).try_for_each(check_amount)
}

fn check_product(product: &Product, known: &Known) -> Result<(), MenuFault> {
    let what = || format!("product {:?}", product.v1_name);
    if !known.categories.contains(&product.category) {
        return Err(dangling(what(), "category", product.category));
    }
    if product.route.len() > MOST_STAGES {
        return Err(MenuFault::RouteInvalid(product.v1_name.clone()));
    }
    for link in &product.extras {
        if !known.extras.contains(&link.extra) {
            return Err(dangling(what(), "extra", link.extra));
        }
        link.price.map_or(Ok(()), check_amount)?;
    }
    Ok(())
}

fn check_extra(extra: &Extra) -> Result<(), MenuFault> {
    let counts = 1..=5;
    if counts.contains(&extra.max_per_unit) {
        Ok(())
    } else {
        Err(MenuFault::ExtraInvalid(extra.name.clone()))
    }
}

fn check_set(set: &Set, known: &Known) -> Result<(), MenuFault> {
    let product = |id: ProductId| {
        let exists = known.products.contains(&id);
        if exists { Ok(()) } else { Err(dangling(format!("set {:?}", set.v1_name), "product", id)) }
    };
    let mut sound = true;
    let mut units = 0_u32;
    for component in &set.components {
        units = units.saturating_add(component.units());
        match component {
            Component::Fixed { product: id, count } => {
                sound &= *count > 0;
                product(*id)?;
            }
            Component::Choice { take, options, .. } => {
                let offered = u32::try_from(options.len()).unwrap_or(u32::MAX);
                sound &= (1..=offered).contains(take);
                for option in options {
                    product(option.product)?;
                    check_amount(option.surcharge)?;
                }
            }
        }
    }
    if sound && (1..=MOST_SET_UNITS).contains(&units) {
        Ok(())
    } else {
        Err(MenuFault::SetInvalid(set.v1_name.clone()))
    }
}

fn check_price(price: &Price, known: &Known) -> Result<(), MenuFault> {
    let what = || "a price".to_owned();
    match price.subject {
        PriceSubject::Product(id) if !known.products.contains(&id) => Err(dangling(what(), "product", id)),
        PriceSubject::Extra(id) if !known.extras.contains(&id) => Err(dangling(what(), "extra", id)),
        PriceSubject::Set(id) if !known.sets.contains(&id) => Err(dangling(what(), "set", id)),
        PriceSubject::Product(_) | PriceSubject::Extra(_) | PriceSubject::Set(_) => {
            check_amount(price.amount)
        }
    }
}

fn check_amount(amount: crate::money::Money) -> Result<(), MenuFault> {
    if Price::is_valid(amount) { Ok(()) } else { Err(MenuFault::PriceInvalid(amount.to_string())) }
}

fn dangling(what: String, kind: &'static str, id: impl Display) -> MenuFault {
    MenuFault::Dangling { what, kind, id: id.to_string() }
}

fn unique<I>(kind: &'static str, ids: impl Iterator<Item = I>) -> Result<HashSet<I>, MenuFault>
where
    I: Copy + Eq + std::hash::Hash + Display,
{
    let mut seen = HashSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(MenuFault::Twice { kind, id: id.to_string() });
        }
    }
    Ok(seen)
}

fn unique_names<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), MenuFault> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name_key(name)) {
            return Err(MenuFault::NameTaken(name.clone()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
