//! The menu as one immutable snapshot: everything that pricing needs, for all branches.
//!
//! A snapshot is checked once, when it is built; whoever holds a [`Menu`] can rely on every reference in it.

mod check; // what a snapshot must fulfil
mod entities; // products, extras, sets
mod orderable; // what can be ordered where and when
mod pricelist; // prices in time and place
mod snapshot; // the snapshot and its indexes
mod terms; // branches and their commercial terms

pub use check::MenuFault;
pub use entities::{
    Category, ChoiceOption, Component, Extra, ExtraLink, Ingredient, KitchenCategory, Nutrition, Product,
    Set, Stage, StageKind,
};
pub use orderable::{NotOrderable, Stop, StopSubject};
pub use pricelist::{Price, PriceSubject};
pub use snapshot::{Menu, MenuParts};
pub use terms::{DefaultLost, DeliveryZone, HalfPriceRule, MenuBranch, Terms};

#[cfg(test)]
pub(crate) mod samples; // a small menu for tests
