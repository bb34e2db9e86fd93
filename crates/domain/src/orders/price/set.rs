//! Sets become items: one per component unit, each with its share of the set's price.

use super::super::priced::{PricedItem, SetMember};
use super::super::request::{ChoicePick, ComponentChange, ExtraPick, IngredientRef, Ref, SetLine, Side};
use super::extras::{Base, extras};
use super::ingredients::excluded;
use super::items::whole;
use super::shop::{Shop, join};
use super::spread::spread;
use crate::error::Faults;
use crate::ids::ChoiceGroupId;
use crate::menu::{ChoiceOption, Component, PriceSubject, Product, Set};
use crate::money::Money;
use crate::text::same_name;

/// Why a choice is refused.
const CHOICE: &str = "SET_CHOICE_INVALID";

/// One component unit of a set, chosen.
pub(super) struct Unit<'a> {
    pub(super) product: &'a Product,
    pub(super) surcharge: Money,
    /// What the customer changes about it, and where that stands in the request.
    pub(super) changes: Option<Changes<'a>>,
}

/// Changes of one unit.
#[derive(Clone)]
pub(super) struct Changes<'a> {
    pub(super) extras: &'a [ExtraPick],
    pub(super) excluded: &'a [IngredientRef],
    pub(super) path: String,
}

/// The items of a set with its choices.
pub(super) fn items(shop: &Shop<'_>, line: &SetLine, path: &str, faults: &mut Faults) -> Vec<PricedItem> {
    let set_path = Shop::set_path(path, &line.set);
    let Some(set) = shop.find_set(&line.set) else {
        faults.invalid(set_path, "UNKNOWN_PRODUCT", "is no set on the menu");
        return Vec::new();
    };
    let price = shop.sell_set(set, &set_path, faults);
    let mut units = chosen(shop, set, &line.choices, path, faults);
    change(&mut units, &line.changes, path, faults);
    priced(shop, set, price, units, faults)
}

/// The items of a set that the first apps order by name: it must not leave a choice.
pub(super) fn items_without_choices(
    shop: &Shop<'_>,
    set: &Set,
    path: &str,
    set_path: &str,
    faults: &mut Faults,
) -> Vec<PricedItem> {
    let price = shop.sell_set(set, set_path, faults);
    let units = chosen(shop, set, &[], path, faults);
    priced(shop, set, price, units, faults)
}

/// Items for the units of a set.
pub(super) fn priced(
    shop: &Shop<'_>,
    set: &Set,
    price: Money,
    units: Vec<Unit<'_>>,
    faults: &mut Faults,
) -> Vec<PricedItem> {
    let own: Vec<Money> = units.iter().map(|unit| own_price(shop, unit.product)).collect();
    let shares = spread(price, &own);
    let items = units.into_iter().zip(shares).map(|(unit, share)| {
        let base = Base::One(unit.product);
        let (added, left_out) = match &unit.changes {
            None => (Vec::new(), Vec::new()),
            Some(Changes { extras: picks, excluded: names, path }) => (
                extras(shop, base, picks, path, faults),
                excluded(unit.product, names, Side::Whole, (path, "exclude_ingredients"), faults),
            ),
        };
        let product_price = share.checked_add(unit.surcharge).unwrap_or(share);
        let member = SetMember { set: set.id, name: set.v1_name.clone() };
        PricedItem { set: Some(member), ..whole(shop, unit.product, product_price, added, left_out) }
    });
    items.collect()
}

/// What weighs in the spreading; whether it is on sale has been checked.
fn own_price(shop: &Shop<'_>, product: &Product) -> Money {
    let price = |branch: &crate::menu::MenuBranch| {
        shop.menu.price_of(PriceSubject::Product(product.id), branch.id, shop.now)
    };
    shop.branch.and_then(price).unwrap_or(Money::ZERO)
}

/// The component units in order, with one pick for every choice group.
fn chosen<'a>(
    shop: &Shop<'a>,
    set: &'a Set,
    picks: &[ChoicePick],
    path: &str,
    faults: &mut Faults,
) -> Vec<Unit<'a>> {
    let mut units = Vec::new();
    let mut used = vec![false; picks.len()];
    for component in &set.components {
        match component {
            Component::Fixed { product, count } => {
                let product = shop.menu.product(*product);
                let count = usize::try_from(*count).unwrap_or(0);
                let unit = |product| Unit { product, surcharge: Money::ZERO, changes: None };
                units.extend(product.into_iter().cycle().take(count).map(unit));
            }
            Component::Choice { group, name, take, options } => {
                let pick = picks.iter().enumerate().find(|(_, pick)| names_group(pick, *group, name));
                let Some((at, pick)) = pick else {
                    faults.invalid(join(path, "choices"), CHOICE, format!("lack a choice of {name:?}"));
                    continue;
                };
                if let Some(used) = used.get_mut(at) {
                    *used = true;
                }
                let path = join(path, &format!("choices[{at}].product_ids"));
                if u32::try_from(pick.products.len()) == Ok(*take) {
                    units.extend(options_of(shop, pick, options, &path, faults));
                } else {
                    faults.invalid(path, CHOICE, format!("must be {take} of {name:?}"));
                }
            }
        }
    }
    for (at, _) in used.iter().enumerate().filter(|(_, used)| !**used) {
        let path = join(path, &format!("choices[{at}].group_id"));
        faults.invalid(path, CHOICE, "is no choice that is left in the set");
    }
    units
}

fn options_of<'a>(
    shop: &Shop<'a>,
    pick: &ChoicePick,
    options: &[ChoiceOption],
    path: &str,
    faults: &mut Faults,
) -> Vec<Unit<'a>> {
    let mut units = Vec::new();
    for (at, named) in pick.products.iter().enumerate() {
        let path = format!("{path}[{at}]");
        let found = shop.find_product(named);
        let offered = found.and_then(|product| {
            options.iter().find(|option| option.product == product.id).map(|option| (product, option))
        });
        match offered {
            Some((product, option)) => {
                shop.sell_product(product, &path, faults);
                units.push(Unit { product, surcharge: option.surcharge, changes: None });
            }
            None => faults.invalid(path, CHOICE, "is not offered in the set"),
        }
    }
    units
}

fn names_group(pick: &ChoicePick, group: ChoiceGroupId, name: &str) -> bool {
    match &pick.group {
        Ref::Id(id) => *id == group,
        Ref::Name(named) => same_name(named, name),
        Ref::BadId(_) => false,
    }
}

fn change<'a>(units: &mut [Unit<'a>], changes: &'a [ComponentChange], path: &str, faults: &mut Faults) {
    for (at, change) in changes.iter().enumerate() {
        let path = join(path, &format!("changes[{at}]"));
        let unit = usize::try_from(change.component).ok().and_then(|component| units.get_mut(component));
        match unit {
            Some(unit) if unit.changes.is_none() => {
                unit.changes = Some(Changes { extras: &change.extras, excluded: &change.excluded, path });
            }
            _ => faults.invalid(format!("{path}.component"), CHOICE, "is no unchanged component of the set"),
        }
    }
}
