use super::*;
use crate::menu::MenuParts;
use crate::menu::samples::*;

fn product(change: impl FnOnce(&mut MenuParts), branch: BranchId) -> Result<(), NotOrderable> {
    let menu = menu_with(change);
    menu.orderable_product(menu.product(MARGHERITA).unwrap(), branch, Channel::Mobile, noon())
}

fn set(id: SetId, change: impl FnOnce(&mut MenuParts)) -> Result<(), NotOrderable> {
    let menu = menu_with(change);
    menu.orderable_set(menu.set(id).unwrap(), BranchId::MAIN, Channel::Mobile, noon())
}

fn margherita(parts: &mut MenuParts) -> &mut Product {
    parts.products.iter_mut().find(|product| product.id == MARGHERITA).unwrap()
}

#[test]
fn a_product_needs_release_price_and_recipe() {
    let main = BranchId::MAIN;

    assert_eq!(product(|_| {}, main), Ok(()));
    let off = Err(NotOrderable::NotOnSale);
    assert_eq!(product(|parts| margherita(parts).active = false, main), off);
    assert_eq!(product(|parts| margherita(parts).ready_for_sale = false, main), off);
    assert_eq!(product(|parts| margherita(parts).recipe_version = None, main), off);
    assert_eq!(product(|parts| parts.prices.clear(), main), off);
}

#[test]
fn a_set_needs_release_and_price() {
    let off = Err(NotOrderable::NotOnSale);

    assert_eq!(set(FAMILY, |_| {}), Ok(()));
    assert_eq!(set(FAMILY, |parts| parts.sets[0].active = false), off);
    let no_price =
        |parts: &mut MenuParts| parts.prices.retain(|row| row.subject != PriceSubject::Set(FAMILY));
    assert_eq!(set(FAMILY, no_price), off);
}

#[test]
fn a_stopped_ingredient_takes_all_that_needs_it_off_sale_in_that_branch_only() {
    let no_mozzarella =
        |parts: &mut MenuParts| parts.stops.push(stop(StopSubject::Nomenclature(MOZZARELLA), BranchId::MAIN));
    let menu = menu_with(no_mozzarella);
    let cheese = menu.extra(CHEESE).unwrap();

    assert_eq!(product(no_mozzarella, BranchId::MAIN), Err(NotOrderable::OutOfStock));
    assert_eq!(product(no_mozzarella, OTHER_BRANCH), Ok(()));
    assert_eq!(set(FAMILY, no_mozzarella), Err(NotOrderable::OutOfStock));
    assert_eq!(
        menu.orderable_extra(cheese, BranchId::MAIN, Channel::Mobile, noon()),
        Err(NotOrderable::OutOfStock)
    );
}

#[test]
fn mnu_4_a_stopped_optional_ingredient_stops_nothing() {
    let no_basil =
        |parts: &mut MenuParts| parts.stops.push(stop(StopSubject::Nomenclature(BASIL), BranchId::MAIN));

    assert_eq!(product(no_basil, BranchId::MAIN), Ok(()));
}

#[test]
fn a_stop_holds_for_its_channels_until_its_end() {
    let entry = Stop {
        channels: vec![Channel::Mobile],
        until: Some(noon()),
        ..stop(StopSubject::Product(MARGHERITA), BranchId::MAIN)
    };
    let before = noon() - chrono::Duration::milliseconds(1);

    assert!(entry.holds(Channel::Mobile, before));
    assert!(!entry.holds(Channel::Office, before));
    assert!(!entry.holds(Channel::Mobile, noon()));
}

#[test]
fn a_stop_without_an_end_ends_after_all_others() {
    let ending = |until| Stop { until, ..stop(StopSubject::Product(MARGHERITA), BranchId::MAIN) };
    let (early, late) = (Some(noon()), Some(noon() + chrono::Duration::hours(1)));

    for (one, other) in [(early, late), (early, None), (late, None)] {
        assert!(ending(one).ends_before(&ending(other)));
        assert!(!ending(other).ends_before(&ending(one)));
    }
    for same in [early, None] {
        assert!(!ending(same).ends_before(&ending(same)));
    }
}

#[test]
fn mnu_8_a_set_without_enough_options_is_not_orderable() {
    let stopped = |products: &[ProductId]| {
        set(PICK_TWO, |parts| {
            let entries = products.iter().map(|id| stop(StopSubject::Product(*id), BranchId::MAIN));
            parts.stops.extend(entries);
        })
    };

    assert_eq!(stopped(&[MARGHERITA]), Ok(()));
    assert_eq!(stopped(&[MARGHERITA, TRUFFLE]), Err(NotOrderable::OutOfStock));
}

#[test]
fn what_is_listed_is_active_and_in_the_order_of_names() {
    let menu = menu_with(|parts| parts.extras[0].active = false);

    let sets: Vec<_> = menu.listed_sets().iter().map(|set| set.v1_name.clone()).collect();
    let mut sorted = sets.clone();
    sorted.sort();
    assert_eq!(sets.len(), parts().sets.iter().filter(|set| set.active).count());
    assert_eq!(sets, sorted);
    assert_eq!(menu.listed_extras().len(), parts().extras.len() - 1);
}
