//! An order as it is asked for: decoded, but not believed yet.
//!
//! Texts and numbers are as they came. [`price`](super::price::price) checks and cleans all of them at once, so
//! that a refused request hears about every fault, and [`fingerprint`](super::fingerprint::fingerprint) compares.

use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::choices::Fulfilment;
use crate::channel::Channel;
use crate::ids::{ChoiceGroupId, ExtraId, NomenclatureId, ProductId, SetId};

/// A request to place an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceOrder {
    /// The way it came in.
    pub channel: Channel,
    /// What is missing means what it means to the first apps: no phone is fine, 0 is 1, no address is pickup.
    pub v1: bool,
    /// Id of the cooking branch; empty: the pickup branch, else the default one.
    pub branch_id: String,
    /// Id of the branch where the customer picks it up; empty: the cooking branch.
    pub pickup_location_id: String,
    /// A label from the app; proves nothing.
    pub customer_id: i32,
    /// 0..=60 characters.
    pub first_name: String,
    /// 0..=60 characters.
    pub last_name: String,
    /// As people write it; required for delivery and for a call before it.
    pub phone: String,
    /// How the customer gets the order.
    pub fulfilment: Fulfilment,
    /// 1..=500 characters for delivery, dropped for pickup.
    pub delivery_address: String,
    /// Id of the delivery zone; empty: the branch's default zone.
    pub zone_id: String,
    /// Not before this time; absent or past: now.
    pub preferred: Option<DateTime<Utc>>,
    /// Name of a payment method; empty: unspecified.
    pub payment_method: String,
    /// 0..=120.
    pub call_before_minutes: i32,
    /// 0..=500 characters, for the kitchen.
    pub notes: String,
    /// 0..=64 characters, a partner's own number.
    pub external_ref: String,
    /// 1..=50 lines.
    pub lines: Vec<Line>,
}

impl PlaceOrder {
    /// What the request that came calls all that is ordered: `lines`, or as older bodies name it.
    pub fn list_field(&self) -> &str {
        match self.lines.first().map(|line| line.path.as_str()) {
            None => "lines",
            Some("") => "pizza_name",
            Some(path) => path.split_once('[').map_or(path, |(list, _)| list),
        }
    }
}

/// One line of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands in the request that came, such as `lines[2]` or `items[0]`; empty for a v1 app.
    pub path: String,
    /// 1..=99; on v1 0 is read as 1.
    pub quantity: i32,
    /// What is ordered.
    pub what: Ordered,
}

/// What a line orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// One product; on v1 a name may also be that of a set.
    Product(ProductLine),
    /// Two products on one base.
    Halves(HalvesLine),
    /// A set with its choices.
    Set(SetLine),
    /// A set spelled out, item by item, as old bodies do.
    SpelledSet(SpelledSet),
}

/// One product, with its changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductLine {
    /// Which product.
    pub product: ProductRef,
    /// What is added.
    pub extras: Vec<ExtraPick>,
    /// What is left out.
    pub excluded: Vec<IngredientRef>,
}

/// Two products of one half group on one base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HalvesLine {
    /// The left half.
    pub left: ProductRef,
    /// The right half.
    pub right: ProductRef,
    /// What is added, and where.
    pub extras: Vec<ExtraPick>,
    /// What is left out of the left half.
    pub excluded_left: Vec<IngredientRef>,
    /// What is left out of the right half.
    pub excluded_right: Vec<IngredientRef>,
}

/// One set, with a choice for every choice group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetLine {
    /// Which set.
    pub set: SetRef,
    /// One per choice group.
    pub choices: Vec<ChoicePick>,
    /// Changes of single component units.
    pub changes: Vec<ComponentChange>,
}

/// A set as old bodies send it: one item per component unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpelledSet {
    /// Name of the set, without case.
    pub name: String,
    /// Its items, in the order they came.
    pub items: Vec<SpelledItem>,
}

/// One item of a set that is spelled out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpelledItem {
    /// Where it stands in the request that came.
    pub path: String,
    /// The set's quantity.
    pub quantity: i32,
    /// The product and its changes.
    pub line: ProductLine,
}

/// What was chosen from one group of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoicePick {
    /// Which group.
    pub group: GroupRef,
    /// One product per unit that the group takes; a product may be repeated.
    pub products: Vec<ProductRef>,
}

/// Changes of one component unit of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentChange {
    /// Counted from 0 in the order of the set's component units.
    pub component: i32,
    /// What is added.
    pub extras: Vec<ExtraPick>,
    /// What is left out.
    pub excluded: Vec<IngredientRef>,
}

/// An extra that is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraPick {
    /// Which extra.
    pub extra: ExtraRef,
    /// How often per unit, 1..=5; 0 is read as 1.
    pub count: i32,
    /// Where.
    pub side: Side,
}

/// Which part of a product is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// All of it.
    #[default]
    Whole,
    /// The left half.
    Left,
    /// The right half.
    Right,
}

/// Something named by its id or, as old bodies do, by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ref<I> {
    /// By id.
    Id(I),
    /// By name, without case.
    Name(String),
    /// By a text in the place of an id that is none: refers to nothing.
    BadId(String),
}

/// Names a product.
pub type ProductRef = Ref<ProductId>;
/// Names a set.
pub type SetRef = Ref<SetId>;
/// Names an extra.
pub type ExtraRef = Ref<ExtraId>;
/// Names a choice group of a set.
pub type GroupRef = Ref<ChoiceGroupId>;
/// Names an ingredient of a product.
pub type IngredientRef = Ref<NomenclatureId>;

impl<I: FromStr> Ref<I> {
    /// Reads the two fields that name a thing on wires: the id counts, the name only without one.
    pub fn read(id: &str, name: &str) -> Self {
        match id.trim() {
            "" => Self::Name(name.to_owned()),
            id => id.parse().map_or_else(|_| Self::BadId(id.to_owned()), Self::Id),
        }
    }

    /// Reads one field that holds an id or a name.
    pub fn read_either(text: &str) -> Self {
        text.trim().parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Id)
    }
}

impl<I> Ref<I> {
    /// Whether nothing is named at all.
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Name(name) if name.trim().is_empty())
    }
}

impl Side {
    /// The name on wires and in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Left => "left",
            Self::Right => "right",
        }
    }

    /// The side of that name; no name is `whole`.
    pub fn parse(name: &str) -> Option<Self> {
        if name.is_empty() {
            return Some(Self::Whole);
        }
        [Self::Whole, Self::Left, Self::Right].into_iter().find(|side| side.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_keep_their_names_on_wires_and_no_name_is_the_whole() {
        let sides = [Side::Whole, Side::Left, Side::Right];

        assert_eq!(sides.map(Side::as_str), ["whole", "left", "right"]);
        assert_eq!(["", "left", "right"].map(Side::parse), sides.map(Some));
        assert_eq!(Side::parse("middle"), None);
    }
}
