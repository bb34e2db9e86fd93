use uuid::Uuid;

use super::*;
use crate::ids::ZoneId;
use crate::menu::samples::{CAKE, MARGHERITA, ZONE, parts, price_row};
use crate::menu::{Menu, MenuParts};
use crate::money::Money;

fn fault(change: impl FnOnce(&mut MenuParts)) -> String {
    let mut parts = parts();
    change(&mut parts);
    Menu::new(parts).unwrap_err().to_string()
}

#[test]
fn a_sound_menu_is_taken_and_an_empty_one_too() {
    assert_eq!(Menu::new(parts()).map(|menu| menu.revision()), Ok(7));
    assert_eq!(Menu::new(MenuParts::default()).map(|menu| menu.default_branch().cloned()), Ok(None));
}

#[test]
fn a_name_belongs_to_one_product_or_set_without_case() {
    let taken = fault(|parts| parts.sets[0].v1_name = "МАРГАРИТА".to_owned());

    assert_eq!(taken, r#"the name "МАРГАРИТА" is taken twice"#);
}

#[test]
fn whatever_is_referred_to_must_be_there() {
    let nowhere = ProductId::from_uuid(Uuid::nil());

    let in_set =
        fault(|parts| parts.sets[0].components = vec![Component::Fixed { product: nowhere, count: 1 }]);
    let twice = fault(|parts| parts.products.push(parts.products[0].clone()));

    assert_eq!(in_set, format!(r#"set "Семейный" refers to product {nowhere}, which does not exist"#));
    assert_eq!(twice, format!("product {MARGHERITA} is there twice"));
}

#[test]
fn a_price_is_whole_roubles_up_to_100_000() {
    let kopecks = fault(|parts| parts.prices[0].amount = Money::try_from(54_950).unwrap());
    let too_dear = fault(|parts| parts.prices[0].amount = Money::from_roubles(100_001));

    assert_eq!(kopecks, "a price of 549.50 RUB is not whole roubles within 0..=100000");
    assert_eq!(too_dear, "a price of 100001.00 RUB is not whole roubles within 0..=100000");
}

#[test]
fn a_price_belongs_to_something_that_is_there() {
    let nowhere = Uuid::nil();
    let priced = |subject| fault(|parts| parts.prices.push(price_row(subject, 100)));

    let told = [
        priced(PriceSubject::Product(ProductId::from_uuid(nowhere))),
        priced(PriceSubject::Extra(ExtraId::from_uuid(nowhere))),
        priced(PriceSubject::Set(SetId::from_uuid(nowhere))),
    ];

    for (told, kind) in told.into_iter().zip(["product", "extra", "set"]) {
        assert_eq!(told, format!("a price refers to {kind} {nowhere}, which does not exist"));
    }
}

#[test]
fn a_branchs_zones_are_told_apart_and_its_default_zone_is_one_of_them() {
    let twice = fault(|parts| {
        let zone = parts.branches[0].terms.zones[0].clone();
        parts.branches[0].terms.zones.push(zone);
    });
    let nowhere = ZoneId::from_uuid(Uuid::nil());
    let dangling = fault(|parts| parts.branches[0].terms.default_zone = Some(nowhere));
    let kopecks = fault(|parts| parts.branches[0].terms.zones[0].fee = Money::try_from(15_050).unwrap());

    assert_eq!(twice, format!("zone {ZONE} is there twice"));
    assert!(dangling.ends_with(&format!("refers to zone {nowhere}, which does not exist")), "{dangling}");
    assert_eq!(kopecks, "a price of 150.50 RUB is not whole roubles within 0..=100000");
}

#[test]
fn an_extra_is_had_1_to_5_times_per_unit() {
    let with = |count| {
        let mut parts = parts();
        parts.extras[0].max_per_unit = count;
        Menu::new(parts).map(|_| ()).map_err(|fault| fault.to_string())
    };
    let refused = Err(r#"extra "Сыр" must allow 1..=5 per unit"#.to_owned());

    assert_eq!([0, 6].map(with), [refused.clone(), refused]);
    assert_eq!([1, 5].map(with), [Ok(()), Ok(())]);
}

#[test]
fn a_set_has_1_to_20_units_and_enough_options() {
    let with = |components| fault(|parts| parts.sets[0].components = components);
    let choice = |take| Component::Choice {
        group: crate::menu::samples::PIZZAS,
        name: String::new(),
        take,
        options: Vec::new(),
    };

    let cakes = |count| Component::Fixed { product: CAKE, count };
    for components in [vec![], vec![cakes(21)], vec![choice(1)], vec![cakes(1), cakes(0)]] {
        assert_eq!(with(components), r#"set "Семейный" must have 1..=20 component units and enough options"#);
    }
}

#[test]
fn there_is_one_default_branch_at_most() {
    assert_eq!(fault(|parts| parts.branches[1].is_default = true), "there is more than one default branch");
}

#[test]
fn a_route_has_eight_stages_at_most() {
    let stage = parts().products[0].route[0];
    let with = |stages| {
        let mut parts = parts();
        parts.products[0].route = vec![stage; stages];
        Menu::new(parts).is_ok()
    };

    assert!(with(8));
    assert!(!with(9));
}
