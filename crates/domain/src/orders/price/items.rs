//! Lines become items.

use super::super::priced::{Excluded, HalfOf, Halves, PickedExtra, PricedItem};
use super::super::request::{HalvesLine, Line, Ordered, ProductLine, ProductRef, Ref, Side};
use super::extras::{Base, extras, sum};
use super::ingredients::{Portion, amounts, excluded, together};
use super::shop::{Shop, join};
use super::{set, spelled};
use crate::error::Faults;
use crate::ids::SetId;
use crate::menu::{Product, Set};
use crate::money::Money;

/// The most of one line.
const MOST_QUANTITY: i32 = 99;

/// The items of all lines, numbered; a line at fault leaves what of it could be read.
pub(super) fn items(shop: &Shop<'_>, lines: &[Line], faults: &mut Faults) -> Vec<PricedItem> {
    let mut all = Vec::new();
    for (line_index, line) in (0_u32..).zip(lines) {
        let quantity = quantity(shop, line.quantity, &line.path, faults);
        for mut item in of_line(shop, line, faults) {
            item.line_index = line_index;
            item.quantity = quantity;
            all.push(item);
        }
    }
    for (item_index, item) in (0_u32..).zip(&mut all) {
        item.item_index = item_index;
    }
    all
}

fn of_line(shop: &Shop<'_>, line: &Line, faults: &mut Faults) -> Vec<PricedItem> {
    let path = line.path.as_str();
    match &line.what {
        Ordered::Product(product) => match v1_set(shop, product) {
            Some(set) => set_by_name(shop, set, product, path, faults),
            None => of_product(shop, product, path, faults).into_iter().collect(),
        },
        Ordered::Halves(halves) => of_halves(shop, halves, path, faults).into_iter().collect(),
        Ordered::Set(line) => set::items(shop, line, path, faults),
        Ordered::SpelledSet(set) => spelled::items(shop, set, line.quantity, path, faults),
    }
}

/// A quantity within its limits; 0, which counts nothing, where it is not.
fn quantity(shop: &Shop<'_>, quantity: i32, path: &str, faults: &mut Faults) -> u32 {
    // a missing int32 of the first apps is 0
    let read = if shop.v1 && quantity == 0 { 1 } else { quantity };
    if (1..=MOST_QUANTITY).contains(&read) {
        return read.unsigned_abs();
    }
    let text = format!("must be within 1..={MOST_QUANTITY}");
    faults.invalid(join(path, "quantity"), "QUANTITY_OUT_OF_RANGE", text);
    0
}

/// The first apps name sets where they name products.
fn v1_set<'a>(shop: &Shop<'a>, line: &ProductLine) -> Option<&'a Set> {
    match &line.product {
        Ref::Name(name) if shop.v1 && shop.find_product(&line.product).is_none() => {
            shop.menu.set_by_v1_name(name)
        }
        Ref::Id(_) | Ref::Name(_) | Ref::BadId(_) => None,
    }
}

fn set_by_name(
    shop: &Shop<'_>,
    set: &Set,
    line: &ProductLine,
    path: &str,
    faults: &mut Faults,
) -> Vec<PricedItem> {
    if !line.extras.is_empty() {
        faults.invalid(join(path, "extras"), "EXTRA_NOT_ALLOWED", "cannot be added to a set as a whole");
    }
    if !line.excluded.is_empty() {
        let text = "cannot be left out of a set as a whole";
        faults.invalid(join(path, "exclude_ingredients"), "INGREDIENT_NOT_REMOVABLE", text);
    }
    set::items_without_choices(shop, set, path, &join(path, "pizza_name"), faults)
}

fn of_product(shop: &Shop<'_>, line: &ProductLine, path: &str, faults: &mut Faults) -> Option<PricedItem> {
    let product_path = shop.product_path(path, &line.product);
    let Some(product) = shop.find_product(&line.product) else {
        faults.invalid(product_path, "UNKNOWN_PRODUCT", "is no product on the menu");
        return None;
    };
    let price = shop.sell_product(product, &product_path, faults);
    let extras = extras(shop, Base::One(product), &line.extras, path, faults);
    let left_out = excluded(product, &line.excluded, Side::Whole, (path, "exclude_ingredients"), faults);
    Some(whole(shop, product, price, extras, left_out))
}

/// An item of one product, without its place in the order.
pub(super) fn whole(
    shop: &Shop<'_>,
    product: &Product,
    product_price: Money,
    extras: Vec<PickedExtra>,
    excluded: Vec<Excluded>,
) -> PricedItem {
    let extras_price = sum(&extras).unwrap_or(Money::ZERO);
    PricedItem {
        item_index: 0,
        line_index: 0,
        product: product.id,
        name: product.v1_name.clone(),
        size_label: product.size_label.clone(),
        category: shop.menu.kitchen_category(product),
        quantity: 0,
        unit_price: product_price.checked_add(extras_price).unwrap_or(product_price),
        product_price,
        extras_price,
        extras,
        ingredients: amounts(product, &excluded, Portion::Whole),
        excluded,
        halves: None,
        set: None,
        recipe_version: product.recipe_version,
        route: product.route.clone(),
        allergens: product.allergens.clone(),
    }
}

fn of_halves(shop: &Shop<'_>, line: &HalvesLine, path: &str, faults: &mut Faults) -> Option<PricedItem> {
    let left = half(shop, &line.left, &join(path, "left_product_id"), faults);
    let right = half(shop, &line.right, &join(path, "right_product_id"), faults);
    let ((left, left_price), (right, right_price)) = (left?, right?);
    if left.half_group.is_none() || left.half_group != right.half_group {
        let text = format!("cannot share a base with {:?}", left.v1_name);
        faults.invalid(join(path, "right_product_id"), "HALVES_NOT_COMPATIBLE", text);
        return None;
    }
    let extras = extras(shop, Base::Halves(left, right), &line.extras, path, faults);
    let left_out = excluded(left, &line.excluded_left, Side::Left, (path, "exclude_left"), faults);
    let right_out = excluded(right, &line.excluded_right, Side::Right, (path, "exclude_right"), faults);

    let halves = Halves { left: half_of(left, &left_out), right: half_of(right, &right_out) };
    // the kitchen follows the longer route; of equals the left one
    let leading = if right.route_seconds() > left.route_seconds() { right } else { left };
    let price = shop.half_price_rule().price(left_price, right_price).unwrap_or(Money::ZERO);
    let mut item = whole(shop, leading, price, extras, left_out.into_iter().chain(right_out).collect());
    item.name = format!("{} / {}", left.v1_name, right.v1_name);
    item.size_label.clone_from(&left.size_label);
    item.ingredients = together(&halves.left.ingredients, &halves.right.ingredients);
    item.allergens.clone_from(&left.allergens);
    let others = right.allergens.iter().filter(|allergen| !left.allergens.contains(allergen));
    item.allergens.extend(others.cloned());
    item.halves = Some(halves);
    Some(item)
}

fn half<'a>(
    shop: &Shop<'a>,
    named: &ProductRef,
    path: &str,
    faults: &mut Faults,
) -> Option<(&'a Product, Money)> {
    if let Some(product) = shop.find_product(named) {
        return Some((product, shop.sell_product(product, path, faults)));
    }
    let is_set = match named {
        Ref::Id(id) => shop.menu.set(SetId::from_uuid(id.as_uuid())).is_some(),
        Ref::Name(name) => shop.menu.set_by_v1_name(name).is_some(),
        Ref::BadId(_) => false,
    };
    if named.is_blank() || is_set {
        faults.invalid(path, "HALVES_NOT_COMPATIBLE", "must be a product: halves are two of them");
    } else {
        faults.invalid(path, "UNKNOWN_PRODUCT", "is no product on the menu");
    }
    None
}

fn half_of(product: &Product, left_out: &[Excluded]) -> HalfOf {
    HalfOf {
        product: product.id,
        name: product.v1_name.clone(),
        recipe_version: product.recipe_version,
        ingredients: amounts(product, left_out, Portion::Half),
    }
}
