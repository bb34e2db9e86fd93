//! Lines with ids, halves and choices.

use contracts::order::order_line::What;
use contracts::order::{
    ComponentChange as WireChange, HalvesLine as WireHalves, LineExtra, OrderLine,
    ProductLine as WireProduct, SetChoice, SetLine as WireSet,
};
use domain::Faults;
use domain::orders::request::{
    ChoicePick, ComponentChange, ExtraPick, ExtraRef, HalvesLine, IngredientRef, Line, Ordered, ProductLine,
    ProductRef, Ref, SetLine, Side,
};

/// Reads the lines of a request; what has no meaning at all is a fault.
pub(super) fn lines(wire: Vec<OrderLine>, faults: &mut Faults) -> Vec<Line> {
    let numbered = wire.into_iter().enumerate();
    numbered.filter_map(|(at, line)| read(format!("lines[{at}]"), line, faults)).collect()
}

fn read(path: String, line: OrderLine, faults: &mut Faults) -> Option<Line> {
    let what = match line.what {
        Some(What::Product(product)) => Ordered::Product(self::product(&path, product, faults)),
        Some(What::Halves(halves)) => Ordered::Halves(self::halves(&path, halves, faults)),
        Some(What::Set(set)) => Ordered::Set(self::set(&path, set, faults)),
        None => {
            faults.invalid(path, "LINE_EMPTY", "holds none of product, halves, set");
            return None;
        }
    };
    Some(Line { path, quantity: line.quantity, what })
}

fn product(path: &str, wire: WireProduct, faults: &mut Faults) -> ProductLine {
    ProductLine {
        product: Ref::read(&wire.product_id, &wire.product_name),
        extras: extras(&format!("{path}.product"), wire.extras, faults),
        excluded: ingredients(&wire.exclude_ingredients),
    }
}

fn halves(path: &str, wire: WireHalves, faults: &mut Faults) -> HalvesLine {
    HalvesLine {
        left: Ref::read(&wire.left_product_id, ""),
        right: Ref::read(&wire.right_product_id, ""),
        extras: extras(&format!("{path}.halves"), wire.extras, faults),
        excluded_left: ingredients(&wire.exclude_left),
        excluded_right: ingredients(&wire.exclude_right),
    }
}

fn set(path: &str, wire: WireSet, faults: &mut Faults) -> SetLine {
    let changes = wire.changes.into_iter().enumerate();
    SetLine {
        set: Ref::read(&wire.set_id, &wire.set_name),
        choices: wire.choices.into_iter().map(choice).collect(),
        changes: changes
            .map(|(at, change)| self::change(&format!("{path}.set.changes[{at}]"), change, faults))
            .collect(),
    }
}

fn choice(wire: SetChoice) -> ChoicePick {
    let product = |id: String| ProductRef::read(&id, "");
    ChoicePick {
        group: Ref::read(&wire.group_id, ""),
        products: wire.product_ids.into_iter().map(product).collect(),
    }
}

fn change(path: &str, wire: WireChange, faults: &mut Faults) -> ComponentChange {
    ComponentChange {
        component: wire.component,
        extras: extras(path, wire.extras, faults),
        excluded: ingredients(&wire.exclude_ingredients),
    }
}

fn extras(path: &str, wire: Vec<LineExtra>, faults: &mut Faults) -> Vec<ExtraPick> {
    let mut picks = Vec::with_capacity(wire.len());
    for (at, extra) in wire.into_iter().enumerate() {
        let side = Side::parse(&extra.side).unwrap_or_else(|| {
            let field = format!("{path}.extras[{at}].side");
            faults.invalid(field, "SIDE_UNKNOWN", "is none of whole, left, right");
            Side::Whole
        });
        picks.push(ExtraPick {
            extra: ExtraRef::read(&extra.extra_id, &extra.extra_name),
            count: extra.count,
            side,
        });
    }
    picks
}

fn ingredients(wire: &[String]) -> Vec<IngredientRef> {
    wire.iter().map(|text| IngredientRef::read_either(text)).collect()
}
