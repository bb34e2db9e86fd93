//! What can be ordered at a branch, through a channel, at a time.

use chrono::{DateTime, Utc};

use super::{Component, Extra, Menu, PriceSubject, Product, Set};
use crate::channel::Channel;
use crate::ids::{BranchId, ExtraId, NomenclatureId, ProductId, SetId};

/// What a stop entry takes off sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StopSubject {
    /// A product.
    Product(ProductId),
    /// A set.
    Set(SetId),
    /// An extra.
    Extra(ExtraId),
    /// An article, and with it everything that needs it.
    Nomenclature(NomenclatureId),
}

/// One entry of a branch's stop-list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// What is stopped.
    pub subject: StopSubject,
    /// Where.
    pub branch: BranchId,
    /// For whom; empty: all channels.
    pub channels: Vec<Channel>,
    /// Until when; absent: until it is lifted.
    pub until: Option<DateTime<Utc>>,
    /// For people.
    pub reason: String,
}

/// Why something cannot be ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotOrderable {
    /// Archived, not released, without a price or without a recipe.
    #[error("is not on sale")]
    NotOnSale,
    /// On the stop-list, itself or something it needs.
    #[error("is out of stock")]
    OutOfStock,
}

/// Where, through what and when something is to be ordered.
#[derive(Clone, Copy)]
struct Spot {
    branch: BranchId,
    channel: Channel,
    at: DateTime<Utc>,
}

impl NotOrderable {
    /// The reason in upper snake case.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NotOnSale => "NOT_ON_SALE",
            Self::OutOfStock => "OUT_OF_STOCK",
        }
    }
}

impl Stop {
    /// Whether the entry holds for a channel at a time.
    pub fn holds(&self, channel: Channel, at: DateTime<Utc>) -> bool {
        let for_channel = self.channels.is_empty() || self.channels.contains(&channel);
        for_channel && self.until.is_none_or(|until| at < until)
    }

    /// Whether it ends before `other` does.
    pub fn ends_before(&self, other: &Self) -> bool {
        self.until.is_some_and(|until| other.until.is_none_or(|others| until < others))
    }
}

impl Menu {
    /// Whether a product can be ordered by itself.
    pub fn orderable_product(
        &self,
        product: &Product,
        branch: BranchId,
        channel: Channel,
        at: DateTime<Utc>,
    ) -> Result<(), NotOrderable> {
        self.product_at(product, Spot { branch, channel, at })
    }

    /// Whether an extra can be had; where it may be added is up to the products' links.
    pub fn orderable_extra(
        &self,
        extra: &Extra,
        branch: BranchId,
        channel: Channel,
        at: DateTime<Utc>,
    ) -> Result<(), NotOrderable> {
        let spot = Spot { branch, channel, at };
        if !extra.active {
            return Err(NotOrderable::NotOnSale);
        }
        let article = extra.nomenclature.map(StopSubject::Nomenclature);
        self.none_stopped([StopSubject::Extra(extra.id)].into_iter().chain(article), spot)
    }

    /// Whether a set can be ordered: all that is fixed in it, and enough options of every choice.
    pub fn orderable_set(
        &self,
        set: &Set,
        branch: BranchId,
        channel: Channel,
        at: DateTime<Utc>,
    ) -> Result<(), NotOrderable> {
        let spot = Spot { branch, channel, at };
        if !set.active || self.price_of(PriceSubject::Set(set.id), branch, at).is_none() {
            return Err(NotOrderable::NotOnSale);
        }
        self.none_stopped([StopSubject::Set(set.id)].into_iter(), spot)?;
        set.components.iter().try_for_each(|component| self.component_at(component, spot))
    }

    fn component_at(&self, component: &Component, spot: Spot) -> Result<(), NotOrderable> {
        let by_id =
            |id| self.product(id).map_or(Err(NotOrderable::NotOnSale), |it| self.product_at(it, spot));
        match component {
            Component::Fixed { product, .. } => by_id(*product),
            Component::Choice { take, options, .. } => {
                let mut left = *take;
                let mut why = NotOrderable::NotOnSale;
                for option in options {
                    match by_id(option.product) {
                        Ok(()) => left = left.saturating_sub(1),
                        Err(reason) => why = reason,
                    }
                }
                if left == 0 { Ok(()) } else { Err(why) }
            }
        }
    }

    fn product_at(&self, product: &Product, spot: Spot) -> Result<(), NotOrderable> {
        let has_price = self.price_of(PriceSubject::Product(product.id), spot.branch, spot.at).is_some();
        let has_recipe = !product.kitchen || product.recipe_version.is_some();
        if !(product.active && product.ready_for_sale && has_price && has_recipe) {
            return Err(NotOrderable::NotOnSale);
        }
        let needed = product.composition.iter().filter(|ingredient| !ingredient.optional);
        let articles = needed.map(|ingredient| StopSubject::Nomenclature(ingredient.id));
        self.none_stopped([StopSubject::Product(product.id)].into_iter().chain(articles), spot)
    }

    fn none_stopped(
        &self,
        mut subjects: impl Iterator<Item = StopSubject>,
        spot: Spot,
    ) -> Result<(), NotOrderable> {
        let stopped = subjects.any(|subject| self.is_stopped(subject, spot.branch, spot.channel, spot.at));
        if stopped { Err(NotOrderable::OutOfStock) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
