//! What is in an item, and what the customer leaves out.

use std::collections::HashSet;

use super::super::priced::{Excluded, IngredientAmount};
use super::super::request::{IngredientRef, Ref, Side};
use super::shop::join;
use crate::error::Faults;
use crate::ids::NomenclatureId;
use crate::menu::{Ingredient, Product};
use crate::text::same_name;

/// The most ingredients that a line may leave out.
const MOST_EXCLUDED: usize = 20;

/// How much of a product an item holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Portion {
    Whole,
    Half,
}

impl Portion {
    /// Grams of this portion, rounded up.
    pub(super) const fn of(self, grams: u32) -> u32 {
        match self {
            Self::Whole => grams,
            Self::Half => grams.div_ceil(2),
        }
    }
}

/// What is left out of a product, each ingredient once; `field` names the list.
pub(super) fn excluded(
    product: &Product,
    names: &[IngredientRef],
    side: Side,
    (path, field): (&str, &str),
    faults: &mut Faults,
) -> Vec<Excluded> {
    if names.len() > MOST_EXCLUDED {
        let text = format!("must be at most {MOST_EXCLUDED} ingredients");
        faults.invalid(join(path, field), "EXCLUDED_COUNT", text);
        return Vec::new();
    }
    let mut left_out: Vec<Excluded> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        match find(product, name).filter(|ingredient| ingredient.removable) {
            Some(ingredient) if left_out.iter().any(|each| each.id == ingredient.id) => {}
            Some(ingredient) => {
                left_out.push(Excluded { id: ingredient.id, name: ingredient.name.clone(), side });
            }
            None => {
                let text = format!("cannot be left out of {:?}", product.v1_name);
                faults.invalid(join(path, &format!("{field}[{at}]")), "INGREDIENT_NOT_REMOVABLE", text);
            }
        }
    }
    left_out
}

/// What the cook takes for one unit, without what is left out.
pub(super) fn amounts(product: &Product, left_out: &[Excluded], portion: Portion) -> Vec<IngredientAmount> {
    let out: HashSet<NomenclatureId> = left_out.iter().map(|each| each.id).collect();
    let taken = product.composition.iter().filter(|ingredient| !out.contains(&ingredient.id));
    taken
        .map(|ingredient| IngredientAmount {
            id: ingredient.id,
            name: ingredient.name.clone(),
            grams: portion.of(ingredient.grams),
        })
        .collect()
}

/// What the cook takes for two halves together.
pub(super) fn together(left: &[IngredientAmount], right: &[IngredientAmount]) -> Vec<IngredientAmount> {
    let mut all = left.to_vec();
    for amount in right {
        match all.iter_mut().find(|each| each.id == amount.id) {
            Some(same) => same.grams = same.grams.saturating_add(amount.grams),
            None => all.push(amount.clone()),
        }
    }
    all
}

fn find<'a>(product: &'a Product, name: &IngredientRef) -> Option<&'a Ingredient> {
    product.composition.iter().find(|ingredient| match name {
        Ref::Id(id) => ingredient.id == *id,
        Ref::Name(name) => same_name(&ingredient.name, name),
        Ref::BadId(_) => false,
    })
}
