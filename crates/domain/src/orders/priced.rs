//! An order with its prices: what is written to the log.

use chrono::{DateTime, Utc};

use super::choices::{Fulfilment, PaymentMethod};
use super::request::Side;
use crate::channel::Channel;
use crate::ids::{BranchId, ExtraId, NomenclatureId, ProductId, RecipeVersionId, SetId, ZoneId};
use crate::menu::{KitchenCategory, Stage};
use crate::money::Money;
use crate::phone::Phone;
use crate::slots::Need;

/// A request that passed every check, with its prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priced {
    /// Cooking branch.
    pub branch: BranchId,
    /// The way it came in.
    pub channel: Channel,
    /// How the customer gets it.
    pub fulfilment: Fulfilment,
    /// Where the customer picks it up; absent for deliveries.
    pub pickup_location: Option<BranchId>,
    /// A label from the app.
    pub customer_id: i32,
    /// Cleaned.
    pub first_name: String,
    /// Cleaned.
    pub last_name: String,
    /// In its one form.
    pub phone: Option<Phone>,
    /// Cleaned; empty for pickup.
    pub delivery_address: String,
    /// Where it is delivered to; absent for pickup and where a branch has no zones.
    pub zone: Option<ZoneId>,
    /// Not before this time: now, or later if the customer wants it later.
    pub not_before: DateTime<Utc>,
    /// How the customer wants to pay.
    pub payment_method: PaymentMethod,
    /// 0..=120.
    pub call_before_minutes: u32,
    /// Cleaned.
    pub notes: String,
    /// A partner's own number.
    pub external_ref: String,
    /// What is made, in order; `item_index` is the place in this list.
    pub items: Vec<PricedItem>,
    /// Whether the order is one line and that line is a set.
    pub is_set: bool,
    /// Name of that set.
    pub set_name: String,
    /// Sum of the lines, before discount and fee.
    pub goods: Money,
    /// What is taken off.
    pub discount: Money,
    /// What the delivery costs.
    pub fee: Money,
    /// What the customer pays.
    pub final_price: Money,
    /// The revision the prices came from.
    pub menu_revision: u64,
    /// What the order takes of its slot.
    pub need: Need,
}

/// One item: what the kitchen makes `quantity` times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedItem {
    /// Counted from 0 over the order.
    pub item_index: u32,
    /// The line of the request it came from.
    pub line_index: u32,
    /// The product; of halves the one whose route it takes.
    pub product: ProductId,
    /// `A`, or `A / B` for halves.
    pub name: String,
    /// Such as `30 cm`.
    pub size_label: String,
    /// How the kitchen sorts it.
    pub category: KitchenCategory,
    /// How many units.
    pub quantity: u32,
    /// Per unit, extras included.
    pub unit_price: Money,
    /// Per unit, without extras.
    pub product_price: Money,
    /// Per unit.
    pub extras_price: Money,
    /// What is added.
    pub extras: Vec<PickedExtra>,
    /// What is left out.
    pub excluded: Vec<Excluded>,
    /// Per unit, without what is left out, for the cook.
    pub ingredients: Vec<IngredientAmount>,
    /// Both halves, if it has any.
    pub halves: Option<Halves>,
    /// The set it belongs to.
    pub set: Option<SetMember>,
    /// Pinned recipe version; of halves that of the product whose route it takes.
    pub recipe_version: Option<RecipeVersionId>,
    /// Pinned route.
    pub route: Vec<Stage>,
    /// For people with allergies.
    pub allergens: Vec<String>,
}

/// The two halves of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halves {
    /// The left one.
    pub left: HalfOf,
    /// The right one.
    pub right: HalfOf,
}

/// One half of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HalfOf {
    /// Of which product.
    pub product: ProductId,
    /// Its name.
    pub name: String,
    /// Pinned recipe version.
    pub recipe_version: Option<RecipeVersionId>,
    /// Half portions, without what is left out, for the cook.
    pub ingredients: Vec<IngredientAmount>,
}

/// An extra as it was taken, all of its count together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickedExtra {
    /// Which extra.
    pub id: ExtraId,
    /// Its name.
    pub name: String,
    /// How often per unit.
    pub count: u32,
    /// Where.
    pub side: Side,
    /// Grams per unit.
    pub grams: u32,
    /// Per unit.
    pub price: Money,
}

/// An ingredient that the customer does not want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// Which article.
    pub id: NomenclatureId,
    /// Its name.
    pub name: String,
    /// Where.
    pub side: Side,
}

/// How much of an ingredient the cook takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngredientAmount {
    /// Which article.
    pub id: NomenclatureId,
    /// Its name.
    pub name: String,
    /// Per unit.
    pub grams: u32,
}

/// The set that an item belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetMember {
    /// Which set.
    pub set: SetId,
    /// Its name.
    pub name: String,
}

impl PricedItem {
    /// The name of the set it belongs to, or nothing.
    pub fn set_name(&self) -> &str {
        self.set.as_ref().map_or("", |set| set.name.as_str())
    }

    /// Whether it belongs to a set.
    pub const fn is_set_item(&self) -> bool {
        self.set.is_some()
    }
}
