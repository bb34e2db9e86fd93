//! The menu of one branch and channel at one time, under the names that the shop page knows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::menu::v1::{
    ChoiceGroupView, ChoiceOptionView, ExtraOffer, ExtraView, MenuView, PizzaView, SetView,
};
use domain::channel::Channel;
use domain::ids::BranchId;
use domain::menu::{
    ChoiceOption, Component, Extra, ExtraLink, Menu, NotOrderable, PriceSubject, Product, Set,
};

use super::wire::{number, nutrition, roubles};

/// Where, through what and when the menu is looked at.
#[derive(Clone, Copy)]
struct Spot<'a> {
    menu: &'a Menu,
    branch: BranchId,
    channel: Channel,
    at: DateTime<Utc>,
}

/// Everything that is active, with its availability and the reason if it has none.
pub fn build(menu: &Menu, branch: BranchId, channel: Channel, at: DateTime<Utc>) -> MenuView {
    let spot = Spot { menu, branch, channel, at };
    let pizzas = menu.listed_products().into_iter().map(|each| (each.v1_name.clone(), spot.pizza(each)));
    let sets = menu.listed_sets().into_iter().map(|each| (each.v1_name.clone(), spot.set(each)));
    let extras = menu.listed_extras().into_iter().map(|each| (each.name.clone(), spot.extra(each)));
    MenuView {
        pizzas: pizzas.collect(),
        sets: sets.collect(),
        extras: extras.collect(),
        revision: i64::try_from(menu.revision()).unwrap_or(i64::MAX),
        branch_id: branch.to_string(),
    }
}

impl Spot<'_> {
    fn pizza(self, product: &Product) -> PizzaView {
        let orderable = self.menu.orderable_product(product, self.branch, self.channel, self.at);
        let ingredients = &product.composition;
        let mut amounts: BTreeMap<String, i32> = BTreeMap::new();
        for ingredient in ingredients {
            *amounts.entry(ingredient.name.clone()).or_default() += number(ingredient.grams);
        }
        let removable = ingredients.iter().filter(|each| each.removable).map(|each| each.name.clone());
        let category = self.menu.category(product.category);
        PizzaView {
            name: product.v1_name.clone(),
            price: self.price(PriceSubject::Product(product.id)),
            ingredients: ingredients.iter().map(|each| each.name.clone()).collect(),
            ingredient_amounts: amounts,
            id: product.id.to_string(),
            available: orderable.is_ok(),
            unavailable_reason: reason(orderable),
            allergens: product.allergens.clone(),
            image: product.image.clone(),
            description: product.description.clone(),
            category: category.map(|category| category.name.clone()).unwrap_or_default(),
            family: product.family.clone(),
            size: product.size_label.clone(),
            half_group: product.half_group.clone().unwrap_or_default(),
            removable: removable.collect(),
            extras: product.extras.iter().filter_map(|link| self.offer(link)).collect(),
            nutrition: product.nutrition.map(nutrition),
        }
    }

    fn offer(self, link: &ExtraLink) -> Option<ExtraOffer> {
        let extra = self.menu.extra(link.extra).filter(|extra| extra.active)?;
        let own = || self.menu.price_of(PriceSubject::Extra(extra.id), self.branch, self.at);
        let price = link.price.or_else(own);
        let orderable = self.menu.orderable_extra(extra, self.branch, self.channel, self.at);
        Some(ExtraOffer {
            extra_id: extra.id.to_string(),
            name: extra.name.clone(),
            price: price.map(roubles).unwrap_or_default(),
            preselected: link.default,
            max_per_unit: number(extra.max_per_unit),
            available: price.is_some() && orderable.is_ok(),
        })
    }

    /// An extra by itself: what it costs on a product that prices it, is in the product's offer.
    fn extra(self, extra: &Extra) -> ExtraView {
        let price = self.menu.price_of(PriceSubject::Extra(extra.id), self.branch, self.at);
        let orderable = match price {
            Some(_) => self.menu.orderable_extra(extra, self.branch, self.channel, self.at),
            None => Err(NotOrderable::NotOnSale),
        };
        ExtraView {
            id: extra.id.to_string(),
            name: extra.name.clone(),
            price: price.map(roubles).unwrap_or_default(),
            available: orderable.is_ok(),
            unavailable_reason: reason(orderable),
            max_per_unit: number(extra.max_per_unit),
            portion_grams: number(extra.portion_grams),
        }
    }

    fn set(self, set: &Set) -> SetView {
        let orderable = self.menu.orderable_set(set, self.branch, self.channel, self.at);
        let mut pizzas = Vec::new();
        let mut choices = Vec::new();
        for component in &set.components {
            match component {
                Component::Fixed { product, count } => {
                    let name = self.menu.product(*product).map(|each| each.v1_name.clone());
                    pizzas.extend((0..*count).filter_map(|_| name.clone()));
                }
                Component::Choice { group, name, take, options } => choices.push(ChoiceGroupView {
                    group_id: group.to_string(),
                    name: name.clone(),
                    take: number(*take),
                    options: options.iter().filter_map(|option| self.option(option)).collect(),
                }),
            }
        }
        SetView {
            name: set.v1_name.clone(),
            description: set.description.clone(),
            pizzas,
            price: self.price(PriceSubject::Set(set.id)),
            id: set.id.to_string(),
            available: orderable.is_ok(),
            unavailable_reason: reason(orderable),
            choices,
            image: set.image.clone(),
        }
    }

    fn option(self, option: &ChoiceOption) -> Option<ChoiceOptionView> {
        let product = self.menu.product(option.product)?;
        Some(ChoiceOptionView {
            product_id: product.id.to_string(),
            name: product.v1_name.clone(),
            surcharge: roubles(option.surcharge),
            available: self.menu.orderable_product(product, self.branch, self.channel, self.at).is_ok(),
        })
    }

    /// 0 without a price: then the thing is not available either.
    fn price(self, subject: PriceSubject) -> i32 {
        self.menu.price_of(subject, self.branch, self.at).map(roubles).unwrap_or_default()
    }
}

fn reason(orderable: Result<(), NotOrderable>) -> String {
    orderable.err().map(|why| why.reason().to_owned()).unwrap_or_default()
}
