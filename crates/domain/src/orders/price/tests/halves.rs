use proptest::prelude::*;

use super::*;
use crate::ids::ProductId;
use crate::menu::samples::*;
use crate::menu::{HalfPriceRule, Stage, StageKind};
use crate::orders::request::{ExtraPick, HalvesLine, IngredientRef, Ref, Side};
use crate::orders::samples::{extra, halves, line, request};

fn item(what: Ordered) -> PricedItem {
    priced(&request(vec![line(0, 1, what)])).unwrap().items.remove(0)
}

#[test]
fn ord_4_halves_cost_the_dearer_one_or_the_mean_rounded_up() {
    let what = halves(MARGHERITA, PEPPERONI, vec![]);
    let mean = menu_with(|parts| parts.branches[0].terms.half_price_rule = HalfPriceRule::Average);
    let by_mean = priced_with(&request(vec![line(0, 1, what.clone())]), &mean).unwrap();

    assert_eq!(item(what).unit_price, rub(699));
    assert_eq!(by_mean.goods, rub(624));
}

#[test]
fn ord_5_an_extra_on_one_half_is_half_and_on_both_the_whole_extra() {
    let left = item(halves(MARGHERITA, PEPPERONI, vec![extra(CHEESE, Side::Left)]));
    let sides = vec![extra(CHEESE, Side::Left), extra(CHEESE, Side::Right)];
    let both = item(halves(MARGHERITA, PEPPERONI, sides));

    assert_eq!((left.unit_price, left.extras[0].grams), (rub(799), 23));
    assert_eq!((both.unit_price, both.extras[0].grams), (rub(898), 45));
    assert_eq!(both.extras.len(), 1);
    assert_eq!(both.extras[0].side, Side::Whole);
}

#[test]
fn an_extra_needs_a_link_to_the_half_it_is_on() {
    let on = |side| {
        let what = halves(MARGHERITA, PEPPERONI, vec![extra(CHILI, side)]);
        priced(&request(vec![line(0, 1, what)]))
    };
    let refused = [fault("lines[0].extras[0].extra_id", "EXTRA_NOT_ALLOWED")];

    assert_eq!(on(Side::Right).unwrap().goods, rub(724));
    assert_eq!(faults_of(&on(Side::Left).unwrap_err()), refused);
    assert_eq!(faults_of(&on(Side::Whole).unwrap_err()), refused);
}

#[test]
fn the_cook_gets_half_portions_of_both() {
    let what = Ordered::Halves(HalvesLine {
        left: Ref::Id(MARGHERITA),
        right: Ref::Id(PEPPERONI),
        extras: vec![],
        excluded_left: vec![IngredientRef::Id(MOZZARELLA)],
        excluded_right: vec![],
    });

    let item = item(what);

    assert_eq!(item.name, "Маргарита / Пепперони");
    let grams = |all: &[crate::orders::priced::IngredientAmount]| -> Vec<_> {
        all.iter().map(|each| (each.id, each.grams)).collect()
    };
    assert_eq!(grams(&item.ingredients), [(DOUGH, 250), (BASIL, 6), (MOZZARELLA, 76)]);
    let halves = item.halves.unwrap();
    assert_eq!(grams(&halves.left.ingredients), [(DOUGH, 125), (BASIL, 3)]);
    assert_eq!(halves.right.name, "Пепперони");
}

#[test]
fn halves_take_the_longer_route_and_of_equals_the_left_one() {
    let slow = vec![Stage { kind: StageKind::Prep, seconds: 900, oven_places: 0 }];
    let menu = menu_with(|parts| parts.products[1].route.clone_from(&slow));
    let lead = |left, right| {
        let order = request(vec![line(0, 1, halves(left, right, vec![]))]);
        priced_with(&order, &menu).unwrap().items[0].product
    };

    assert_eq!(lead(MARGHERITA, PEPPERONI), PEPPERONI);
    assert_eq!(lead(TRUFFLE, MARGHERITA), TRUFFLE);
}

#[test]
fn halves_of_different_groups_of_a_set_or_only_one_are_refused() {
    let refused = |right: Ref<ProductId>| {
        let what = Ordered::Halves(HalvesLine {
            left: Ref::Id(MARGHERITA),
            right,
            extras: vec![],
            excluded_left: vec![],
            excluded_right: vec![],
        });
        faults(&request(vec![line(0, 1, what)]))
    };
    let not_compatible = [fault("lines[0].right_product_id", "HALVES_NOT_COMPATIBLE")];

    assert_eq!(refused(Ref::Id(COLA)), not_compatible);
    assert_eq!(refused(Ref::Id(ProductId::from_uuid(FAMILY.as_uuid()))), not_compatible);
    assert_eq!(refused(Ref::Name(String::new())), not_compatible);
    assert_eq!(refused(Ref::BadId("7".to_owned())), [fault("lines[0].right_product_id", "UNKNOWN_PRODUCT")]);
}

proptest! {
    #[test]
    fn swapping_the_halves_changes_no_price(
        (left, right) in (0_usize..3, 0_usize..3),
        picks in prop::collection::vec(0_usize..3, 0..=3),
    ) {
        let pizzas = [MARGHERITA, PEPPERONI, TRUFFLE];
        let sides = [(Side::Whole, Side::Whole), (Side::Left, Side::Right), (Side::Right, Side::Left)];
        let one = picks.iter().map(|side| extra(CHEESE, sides[*side].0)).collect();
        let other = picks.iter().map(|side| extra(CHEESE, sides[*side].1)).collect();

        let straight = item(halves(pizzas[left], pizzas[right], one));
        let swapped = item(halves(pizzas[right], pizzas[left], other));

        prop_assert_eq!(straight.unit_price, swapped.unit_price);
    }
}

#[test]
fn what_may_make_ill_is_told_of_both_halves_once() {
    let menu = menu_with(|parts| {
        parts.products[0].allergens = vec!["глютен".to_owned(), "молоко".to_owned()];
        parts.products[1].allergens = vec!["соя".to_owned(), "глютен".to_owned()];
    });
    let what = halves(MARGHERITA, PEPPERONI, vec![]);

    let order = priced_with(&request(vec![line(0, 1, what)]), &menu).unwrap();

    assert_eq!(order.items[0].allergens, ["глютен", "молоко", "соя"]);
}

#[test]
fn one_side_takes_no_more_of_an_extra_than_a_whole_product() {
    for side in [Side::Left, Side::Right] {
        let pick = ExtraPick { count: 4, ..extra(CHEESE, side) };

        let told = faults(&request(vec![line(0, 1, halves(MARGHERITA, PEPPERONI, vec![pick]))]));

        assert_eq!(told, [fault("lines[0].extras[0].extra_id", "EXTRA_COUNT")]);
    }
}

#[test]
fn the_sides_of_a_product_count_together() {
    let sides = vec![
        extra(CHEESE, Side::Whole),
        extra(CHEESE, Side::Whole),
        extra(CHEESE, Side::Left),
        extra(CHEESE, Side::Left),
    ];

    let told = faults(&request(vec![line(0, 1, halves(MARGHERITA, PEPPERONI, sides))]));

    assert_eq!(told, [fault("lines[0].extras[0].extra_id", "EXTRA_COUNT")]);
}
