//! What stands on the menu: categories, products, extras, sets.

use std::collections::BTreeMap;

use crate::ids::{CategoryId, ChoiceGroupId, ExtraId, NomenclatureId, ProductId, RecipeVersionId, SetId};
use crate::money::Money;

/// A section of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Which category.
    pub id: CategoryId,
    /// Name for customers.
    pub name: String,
    /// Place among the categories.
    pub position: i32,
    /// What the kitchen makes of it.
    pub kitchen: KitchenCategory,
}

/// How the kitchen sorts its work; stations serve some of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KitchenCategory {
    /// Pizzas.
    Pizza,
    /// Starters.
    Appetizers,
    /// Desserts.
    Desserts,
    /// Drinks.
    Drinks,
    /// Sauces.
    Sauces,
    /// Boxes, cutlery and the like.
    Consumables,
}

/// Something that can be ordered; each size is a product of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Which product.
    pub id: ProductId,
    /// Unique among products and sets, without case.
    pub v1_name: String,
    /// Section of the menu.
    pub category: CategoryId,
    /// Products that differ in size only share a family.
    pub family: String,
    /// Such as `30 cm`.
    pub size_label: String,
    /// Products of one group can share a base; absent: no halves.
    pub half_group: Option<String>,
    /// What the kitchen does, in order; empty: nothing but packing.
    pub route: Vec<Stage>,
    /// What is in one unit.
    pub composition: Vec<Ingredient>,
    /// The recipe version in force.
    pub recipe_version: Option<RecipeVersionId>,
    /// Made by the kitchen: needs a recipe version.
    pub kitchen: bool,
    /// For people with allergies.
    pub allergens: Vec<String>,
    /// Address of a picture.
    pub image: String,
    /// For customers.
    pub description: String,
    /// Per 100 g.
    pub nutrition: Option<Nutrition>,
    /// Released by the technologist.
    pub ready_for_sale: bool,
    /// Not archived.
    pub active: bool,
    /// Extras that may be added.
    pub extras: Vec<ExtraLink>,
    /// Place within the category.
    pub position: i32,
}

/// One stage of a kitchen route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stage {
    /// What is done.
    pub kind: StageKind,
    /// How long it takes.
    pub seconds: u32,
    /// Places in the oven it takes.
    pub oven_places: u32,
}

/// What is done at a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StageKind {
    /// Handwork.
    Prep,
    /// Baking.
    Oven,
}

/// One ingredient of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingredient {
    /// The article of the nomenclature.
    pub id: NomenclatureId,
    /// Name for cooks and customers.
    pub name: String,
    /// Per unit.
    pub grams: u32,
    /// Whether a customer may leave it out.
    pub removable: bool,
    /// Whether the product is sold when it is out.
    pub optional: bool,
}

/// Nutrition values per 100 g.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nutrition {
    /// Kilocalories.
    pub kcal: u32,
    /// Milligrams of protein.
    pub protein_mg: u32,
    /// Milligrams of fat.
    pub fat_mg: u32,
    /// Milligrams of carbohydrates.
    pub carbs_mg: u32,
}

/// An extra that may be added to a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtraLink {
    /// Which extra.
    pub extra: ExtraId,
    /// Clients preselect it, and send it like any other.
    pub default: bool,
    /// Price on this product; absent: the extra's own.
    pub price: Option<Money>,
    /// Portion on this product; absent: the extra's own.
    pub portion_grams: Option<u32>,
}

/// Something that can be added to products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    /// Which extra.
    pub id: ExtraId,
    /// Name for people, unique without case.
    pub name: String,
    /// Grams of one portion.
    pub portion_grams: u32,
    /// How often it may be taken per unit, 1..=5.
    pub max_per_unit: u32,
    /// The article it consists of, if it is one.
    pub nomenclature: Option<NomenclatureId>,
    /// Not archived.
    pub active: bool,
}

/// Several products at one price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// Which set.
    pub id: SetId,
    /// Unique among products and sets, without case.
    pub v1_name: String,
    /// For customers.
    pub description: String,
    /// Address of a picture.
    pub image: String,
    /// What it holds, in order.
    pub components: Vec<Component>,
    /// Not archived.
    pub active: bool,
}

/// One part of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Component {
    /// Always the same product.
    Fixed {
        /// Which product.
        product: ProductId,
        /// How many units.
        count: u32,
    },
    /// The customer chooses.
    Choice {
        /// Which group.
        group: ChoiceGroupId,
        /// Name for customers.
        name: String,
        /// How many units are chosen.
        take: u32,
        /// From what.
        options: Vec<ChoiceOption>,
    },
}

/// One option of a choice group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChoiceOption {
    /// Which product.
    pub product: ProductId,
    /// What it costs on top of the set.
    pub surcharge: Money,
}

impl KitchenCategory {
    /// Every category.
    pub const ALL: [Self; 6] =
        [Self::Pizza, Self::Appetizers, Self::Desserts, Self::Drinks, Self::Sauces, Self::Consumables];

    /// The name on wires and in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pizza => "pizza",
            Self::Appetizers => "appetizers",
            Self::Desserts => "desserts",
            Self::Drinks => "drinks",
            Self::Sauces => "sauces",
            Self::Consumables => "consumables",
        }
    }

    /// The category of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == name)
    }
}

impl StageKind {
    /// The name on wires and in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prep => "prep",
            Self::Oven => "oven",
        }
    }

    /// The kind of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Prep, Self::Oven].into_iter().find(|kind| kind.as_str() == name)
    }
}

impl Product {
    /// The link to an extra, if the extra may be added.
    pub fn link(&self, extra: ExtraId) -> Option<&ExtraLink> {
        self.extras.iter().find(|link| link.extra == extra)
    }

    /// What extras cost on this product, where that is not their own price.
    pub fn link_prices(&self) -> BTreeMap<ExtraId, Money> {
        self.extras.iter().filter_map(|link| Some((link.extra, link.price?))).collect()
    }

    /// How long its route takes.
    pub fn route_seconds(&self) -> u64 {
        self.route.iter().map(|stage| u64::from(stage.seconds)).sum()
    }
}

impl Set {
    /// What its options cost on top; those that cost nothing are left out.
    pub fn surcharges(&self) -> BTreeMap<(ChoiceGroupId, ProductId), Money> {
        let mut surcharges = BTreeMap::new();
        for component in &self.components {
            if let Component::Choice { group, options, .. } = component {
                let dearer = options.iter().filter(|option| option.surcharge > Money::ZERO);
                surcharges.extend(dearer.map(|option| ((*group, option.product), option.surcharge)));
            }
        }
        surcharges
    }
}

impl Component {
    /// How many component units it stands for.
    pub const fn units(&self) -> u32 {
        match self {
            Self::Fixed { count, .. } => *count,
            Self::Choice { take, .. } => *take,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::menu::samples::{CHEESE, CHILI, FAMILY, PEPPERONI, PICK_TWO, PIZZAS, TRUFFLE, menu, rub};

    #[test]
    fn a_link_may_price_an_extra_even_at_nothing_and_else_says_nothing_about_its_price() {
        let mut pizza = menu().product(PEPPERONI).unwrap().clone();
        assert_eq!(pizza.link_prices(), BTreeMap::new());

        pizza.extras[1].price = Some(Money::ZERO);
        assert_eq!(pizza.link_prices(), BTreeMap::from([(CHILI, Money::ZERO)]));
        pizza.extras[0].price = Some(rub(49));
        assert_eq!(pizza.link_prices(), BTreeMap::from([(CHEESE, rub(49)), (CHILI, Money::ZERO)]));
    }

    #[test]
    fn surcharges_are_what_options_cost_above_nothing() {
        let menu = menu();

        assert_eq!(menu.set(FAMILY).unwrap().surcharges(), BTreeMap::new());
        let of_truffle = BTreeMap::from([((PIZZAS, TRUFFLE), rub(100))]);
        assert_eq!(menu.set(PICK_TWO).unwrap().surcharges(), of_truffle);
    }

    #[test]
    fn categories_and_stages_keep_their_names_on_wires() {
        let categories = ["pizza", "appetizers", "desserts", "drinks", "sauces", "consumables"];

        assert_eq!(KitchenCategory::ALL.map(KitchenCategory::as_str), categories);
        assert_eq!(categories.map(KitchenCategory::parse), KitchenCategory::ALL.map(Some));
        assert_eq!([StageKind::Prep, StageKind::Oven].map(StageKind::as_str), ["prep", "oven"]);
        assert_eq!(StageKind::parse("oven"), Some(StageKind::Oven));
        assert_eq!(StageKind::parse("fry"), None);
    }
}
