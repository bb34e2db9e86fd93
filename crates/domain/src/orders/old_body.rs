//! Bodies of the first clients: items by name, sets spelled out item by item.

use std::collections::HashMap;

use super::price::MOST_UNITS;
use super::request::{ExtraPick, ExtraRef, IngredientRef, Line, Ordered, ProductLine, Ref, Side};
use super::request::{SpelledItem, SpelledSet};
use crate::text::name_key;

/// The most items of an old body: each is a unit at least, so no order holds more.
pub const MOST_ITEMS: usize = MOST_UNITS as usize;

/// One item of an old body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OldItem {
    /// Name of a product or a set, without case.
    pub pizza_name: String,
    /// 1..=99; 0 is read as 1.
    pub quantity: i32,
    /// Names; one that is wanted twice stands twice.
    pub extras: Vec<String>,
    /// Names of ingredients to leave out.
    pub exclude_ingredients: Vec<String>,
    /// One component of a spelled-out set.
    pub is_set_item: bool,
    /// Name of that set.
    pub set_name: String,
}

/// The one line that a first mobile app sends; its faults are named by the fields of the request itself.
pub fn mobile_line(item: OldItem) -> Line {
    line(String::new(), item)
}

/// Reads items back as lines: those that spell out one set become one line, where the first of them stood.
///
/// Whether they are what the set holds is for pricing to say, which knows the menu.
pub fn read_back_sets(items: Vec<OldItem>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    // where the line of each set is, by the key of its name
    let mut sets: HashMap<String, usize> = HashMap::new();
    for (at, item) in items.into_iter().enumerate() {
        let path = format!("items[{at}]");
        if !item.is_set_item {
            lines.push(line(path, item));
            continue;
        }
        let key = name_key(&item.set_name);
        let name = item.set_name.clone();
        let quantity = item.quantity;
        let spelled = SpelledItem { path: path.clone(), quantity, line: product_line(item) };
        let open = sets.get(&key).and_then(|line| lines.get_mut(*line));
        if let Some(Line { what: Ordered::SpelledSet(set), .. }) = open {
            set.items.push(spelled);
        } else {
            sets.insert(key, lines.len());
            let what = Ordered::SpelledSet(SpelledSet { name, items: vec![spelled] });
            lines.push(Line { path, quantity, what });
        }
    }
    lines
}

fn line(path: String, item: OldItem) -> Line {
    Line { path, quantity: item.quantity, what: Ordered::Product(product_line(item)) }
}

fn product_line(item: OldItem) -> ProductLine {
    let pick = |name| ExtraPick { extra: ExtraRef::Name(name), count: 1, side: Side::Whole };
    ProductLine {
        product: Ref::Name(item.pizza_name),
        extras: item.extras.into_iter().map(pick).collect(),
        excluded: item.exclude_ingredients.into_iter().map(IngredientRef::Name).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::same_name;

    fn item(pizza: &str, set: &str) -> OldItem {
        let (pizza_name, set_name) = (pizza.to_owned(), set.to_owned());
        OldItem { pizza_name, quantity: 2, is_set_item: !set.is_empty(), set_name, ..OldItem::default() }
    }

    #[test]
    fn items_of_one_set_become_one_line_where_the_first_stood() {
        let items = vec![item("Пепперони", "Семейный"), item("Кола", ""), item("Маргарита", "СЕМЕЙНЫЙ")];

        let lines = read_back_sets(items);

        let paths: Vec<_> = lines.iter().map(|line| line.path.as_str()).collect();
        assert_eq!(paths, ["items[0]", "items[1]"]);
        let Ordered::SpelledSet(set) = &lines[0].what else { panic!("the first line is no set") };
        assert_eq!(set.items.len(), 2);
        assert_eq!(set.items[1].path, "items[2]");
        assert_eq!(lines[0].quantity, 2);
    }

    /// The lines as they are found by comparing every item with every line before it.
    fn read_back_slowly(items: Vec<OldItem>) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            let path = format!("items[{at}]");
            if !item.is_set_item {
                lines.push(line(path, item));
                continue;
            }
            let open = lines.iter_mut().find_map(|line| match &mut line.what {
                Ordered::SpelledSet(set) if same_name(&set.name, &item.set_name) => Some(set),
                _ => None,
            });
            let (name, quantity) = (item.set_name.clone(), item.quantity);
            let spelled = SpelledItem { path: path.clone(), quantity, line: product_line(item) };
            if let Some(set) = open {
                set.items.push(spelled);
            } else {
                let what = Ordered::SpelledSet(SpelledSet { name, items: vec![spelled] });
                lines.push(Line { path, quantity, what });
            }
        }
        lines
    }

    proptest! {
        #[test]
        fn items_are_read_back_as_if_each_were_compared_with_all_before_it(
            items in prop::collection::vec(any_item(), 0..12)
        ) {
            prop_assert_eq!(read_back_sets(items.clone()), read_back_slowly(items));
        }
    }

    fn any_item() -> impl Strategy<Value = OldItem> {
        let same = [" ДУЭТ ", "дуэт", "Йод", "и\u{306}од", "Семейный  обед", "семейный обед", ""];
        let name = prop::sample::select(same.to_vec());
        (any::<bool>(), name, "[a-c]", 0..3).prop_map(|(is_set_item, name, pizza_name, quantity)| OldItem {
            pizza_name,
            quantity,
            is_set_item,
            set_name: name.to_owned(),
            ..OldItem::default()
        })
    }

    #[test]
    fn two_sets_are_two_lines_whatever_order_their_items_come_in() {
        let items = vec![item("Пепперони", "Семейный"), item("Кола", "Дуэт"), item("Маргарита", "Семейный")];

        let lines = read_back_sets(items);

        let sizes: Vec<_> = lines
            .iter()
            .map(|line| match &line.what {
                Ordered::SpelledSet(set) => (set.name.as_str(), set.items.len()),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(sizes, [("Семейный", 2), ("Дуэт", 1)]);
    }
}
