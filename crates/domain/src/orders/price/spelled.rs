//! Sets that old bodies spell out, item by item, are read back as the set.

use super::super::priced::PricedItem;
use super::super::request::{SpelledItem, SpelledSet};
use super::set::{Changes, Unit, priced};
use super::shop::{Shop, join};
use crate::error::Faults;
use crate::ids::ProductId;
use crate::menu::{ChoiceOption, Component, Product, Set};
use crate::money::Money;

/// One place in a set that an item can take.
enum Place<'a> {
    Fixed(ProductId),
    OneOf(&'a [ChoiceOption]),
}

/// The items of a spelled-out set; each of them must have the set's quantity and a place in it.
pub(super) fn items(
    shop: &Shop<'_>,
    spelled: &SpelledSet,
    quantity: i32,
    path: &str,
    faults: &mut Faults,
) -> Vec<PricedItem> {
    let set_path = join(path, "set_name");
    let Some(set) = shop.menu.set_by_v1_name(&spelled.name) else {
        faults.invalid(set_path, "UNKNOWN_PRODUCT", "is no set on the menu");
        return Vec::new();
    };
    let price = shop.sell_set(set, &set_path, faults);
    for item in spelled.items.iter().filter(|item| item.quantity != quantity) {
        let text = "must be the quantity of the whole set";
        faults.invalid(join(&item.path, "quantity"), "SET_CHOICE_INVALID", text);
    }
    let places = places(set);
    let misfit = |faults: &mut Faults| {
        let text = format!("are not the items that {:?} holds", set.v1_name);
        faults.invalid(set_path.clone(), "SET_CHOICE_INVALID", text);
    };
    if spelled.items.len() != places.len() {
        misfit(faults);
        return Vec::new();
    }
    let mut products = Vec::new();
    for item in &spelled.items {
        let product = shop.find_product(&item.line.product);
        if product.is_none() {
            let path = shop.product_path(&item.path, &item.line.product);
            faults.invalid(path, "UNKNOWN_PRODUCT", "is no product on the menu");
        }
        products.push(product);
    }
    let seats = seat(&places, &products);
    if seats.iter().any(Option::is_none) {
        if products.iter().all(Option::is_some) {
            misfit(faults);
        }
        return Vec::new();
    }
    let units = places.iter().zip(seats).filter_map(|(place, seat)| {
        let item = spelled.items.get(seat?)?;
        unit(shop, place, item, faults)
    });
    let units = units.collect();
    priced(shop, set, price, units, faults)
}

fn places(set: &Set) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    for component in &set.components {
        for _ in 0..component.units() {
            places.push(match component {
                Component::Fixed { product, .. } => Place::Fixed(*product),
                Component::Choice { options, .. } => Place::OneOf(options),
            });
        }
    }
    places
}

fn unit<'a>(
    shop: &Shop<'a>,
    place: &Place<'_>,
    item: &'a SpelledItem,
    faults: &mut Faults,
) -> Option<Unit<'a>> {
    let product = shop.find_product(&item.line.product)?;
    if matches!(place, Place::OneOf(_)) {
        shop.sell_product(product, &shop.product_path(&item.path, &item.line.product), faults);
    }
    let changes =
        Changes { extras: &item.line.extras, excluded: &item.line.excluded, path: item.path.clone() };
    Some(Unit { product, surcharge: place.surcharge(product.id), changes: Some(changes) })
}

/// Which item takes which place: places take items in the order in which they are spelled. Only where none is left
/// that fits does a later place move an earlier item to another place that it fits as well.
fn seat(places: &[Place<'_>], products: &[Option<&Product>]) -> Vec<Option<usize>> {
    let mut place_of = vec![None; products.len()];
    for place in 0..places.len() {
        let mut tried = vec![false; products.len()];
        take_item(place, places, products, &mut place_of, &mut tried);
    }
    let item_at = |place: usize| place_of.iter().position(|taken| *taken == Some(place));
    (0..places.len()).map(item_at).collect()
}

fn take_item(
    place: usize,
    places: &[Place<'_>],
    products: &[Option<&Product>],
    place_of: &mut [Option<usize>],
    tried: &mut [bool],
) -> bool {
    let Some(here) = places.get(place) else { return false };
    let fits = |product: Option<&Product>| product.is_some_and(|product| here.admits(product.id));
    // the surcharge depends on the place, so whoever sits is not moved without need
    let mut seats = place_of.iter_mut().zip(products.iter().copied());
    if let Some((free, _)) = seats.find(|(seat, product)| seat.is_none() && fits(*product)) {
        *free = Some(place);
        return true;
    }
    for (item, product) in products.iter().copied().enumerate() {
        let seen = |tried: &mut bool| std::mem::replace(tried, true);
        if !fits(product) || tried.get_mut(item).is_none_or(seen) {
            continue;
        }
        let Some(other) = place_of.get(item).copied().flatten() else { continue };
        if take_item(other, places, products, place_of, tried) {
            if let Some(seat) = place_of.get_mut(item) {
                *seat = Some(place);
            }
            return true;
        }
    }
    false
}

impl Place<'_> {
    fn admits(&self, product: ProductId) -> bool {
        match self {
            Self::Fixed(id) => *id == product,
            Self::OneOf(options) => options.iter().any(|option| option.product == product),
        }
    }

    fn surcharge(&self, product: ProductId) -> Money {
        match self {
            Self::Fixed(_) => Money::ZERO,
            Self::OneOf(options) => options
                .iter()
                .find(|option| option.product == product)
                .map_or(Money::ZERO, |option| option.surcharge),
        }
    }
}
