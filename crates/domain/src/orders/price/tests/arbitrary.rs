use proptest::prelude::*;

use super::*;
use crate::ids::{ExtraId, ProductId, SetId};
use crate::menu::samples::*;
use crate::orders::fingerprint::fingerprint;
use crate::orders::old_body::{OldItem, read_back_sets};
use crate::orders::request::{
    ChoicePick, ComponentChange, ExtraPick, HalvesLine, IngredientRef, Line, ProductLine, Ref, SetLine, Side,
};
use crate::orders::samples::{delivery, request};

fn products() -> impl Strategy<Value = Ref<ProductId>> {
    prop_oneof![
        6 => prop::sample::select(vec![MARGHERITA, PEPPERONI, TRUFFLE, COLA, CAKE]).prop_map(Ref::Id),
        2 => prop::sample::select(vec!["маргарита", "Семейный", "", "?"]).prop_map(|name| Ref::Name(name.to_owned())),
        1 => Just(Ref::BadId("7".to_owned())),
    ]
}

fn picks() -> impl Strategy<Value = Vec<ExtraPick>> {
    let extra = prop::sample::select(vec![CHEESE, CHILI, ExtraId::from_uuid(uuid::Uuid::nil())]);
    let side = prop::sample::select(vec![Side::Whole, Side::Left, Side::Right]);
    let count = prop_oneof![4 => 0..=3, 1 => any::<i32>()];
    let pick = (extra, count, side).prop_map(|(extra, count, side)| ExtraPick {
        extra: Ref::Id(extra),
        count,
        side,
    });
    prop::collection::vec(pick, 0..4)
}

fn left_out() -> impl Strategy<Value = Vec<IngredientRef>> {
    let name = prop::sample::select(vec![DOUGH, MOZZARELLA, BASIL]).prop_map(Ref::Id);
    prop::collection::vec(name, 0..3)
}

fn product_line() -> impl Strategy<Value = ProductLine> {
    (products(), picks(), left_out()).prop_map(|(product, extras, excluded)| ProductLine {
        product,
        extras,
        excluded,
    })
}

fn halves_line() -> impl Strategy<Value = HalvesLine> {
    (products(), products(), picks(), left_out(), left_out()).prop_map(
        |(left, right, extras, excluded_left, excluded_right)| HalvesLine {
            left,
            right,
            extras,
            excluded_left,
            excluded_right,
        },
    )
}

fn set_line() -> impl Strategy<Value = SetLine> {
    let set = prop::sample::select(vec![FAMILY, PICK_TWO, SetId::from_uuid(uuid::Uuid::nil())]);
    let choice = prop::collection::vec(products(), 0..4)
        .prop_map(|products| ChoicePick { group: Ref::Id(PIZZAS), products });
    let change = (any::<i8>(), picks(), left_out()).prop_map(|(component, extras, excluded)| {
        ComponentChange { component: i32::from(component), extras, excluded }
    });
    (set, prop::collection::vec(choice, 0..3), prop::collection::vec(change, 0..3))
        .prop_map(|(set, choices, changes)| SetLine { set: Ref::Id(set), choices, changes })
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let what = prop_oneof![
        product_line().prop_map(Ordered::Product),
        halves_line().prop_map(Ordered::Halves),
        set_line().prop_map(Ordered::Set),
    ];
    let quantity = prop_oneof![9 => 0..=99, 1 => any::<i32>()];
    let line =
        (quantity, what).prop_map(|(quantity, what)| Line { path: "lines[0]".to_owned(), quantity, what });
    prop::collection::vec(line, 0..6)
}

fn old_items() -> impl Strategy<Value = Vec<OldItem>> {
    let name = |names: &[&'static str]| prop::sample::select(names.to_vec()).prop_map(str::to_owned);
    let pizza = name(&["Маргарита", "Пепперони", "Трюфельная", "Кола", "Семейный", "?"]);
    let set = name(&["", "Семейный", "Дуэт", "?"]);
    let item = (pizza, set, -1..=2_i32).prop_map(|(pizza_name, set_name, quantity)| OldItem {
        pizza_name,
        quantity,
        is_set_item: !set_name.is_empty(),
        set_name,
        ..OldItem::default()
    });
    prop::collection::vec(item, 0..8)
}

fn sums_agree(order: &Priced) -> bool {
    let lines = order.items.iter().map(|item| item.unit_price.kopecks() * i64::from(item.quantity));
    let whole = order.items.iter().all(|item| {
        item.unit_price.is_whole_roubles()
            && item.unit_price.checked_sub(item.product_price) == Some(item.extras_price)
    });
    let parts = order.goods.checked_sub(order.discount).and_then(|net| net.checked_add(order.fee));
    whole && lines.sum::<i64>() == order.goods.kopecks() && parts == Some(order.final_price)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_is_asked_is_refused_with_faults_or_its_sums_agree(
        lines in lines(),
        v1 in any::<bool>(),
        by_courier in any::<bool>(),
        (phone, notes) in (any::<String>(), any::<String>()),
    ) {
        let order = if by_courier { delivery(lines) } else { PlaceOrder { phone, notes, ..request(lines) } };
        let order = PlaceOrder { v1, ..order };

        let _ = fingerprint(&order);
        match priced(&order) {
            Ok(order) => prop_assert!(sums_agree(&order)),
            Err(refused) => prop_assert!(!refused.violations().is_empty()),
        }
    }

    #[test]
    fn whatever_an_old_body_spells_out_is_read_or_refused(items in old_items()) {
        let order = PlaceOrder { v1: true, ..request(read_back_sets(items)) };

        if let Ok(order) = priced(&order) {
            prop_assert!(sums_agree(&order));
        }
    }
}
