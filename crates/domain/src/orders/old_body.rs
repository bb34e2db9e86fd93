//! Bodies of the first clients: items by name, sets spelled out item by item.

use super::request::{ExtraPick, ExtraRef, IngredientRef, Line, Ordered, ProductLine, Ref, Side};
use super::request::{SpelledItem, SpelledSet};
use crate::text::name_key;

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
    for (at, item) in items.into_iter().enumerate() {
        let path = format!("items[{at}]");
        if !item.is_set_item {
            lines.push(line(path, item));
            continue;
        }
        let key = name_key(&item.set_name);
        let open = lines.iter_mut().find_map(|line| match &mut line.what {
            Ordered::SpelledSet(set) if name_key(&set.name) == key => Some(set),
            _ => None,
        });
        let name = item.set_name.clone();
        let quantity = item.quantity;
        let spelled = SpelledItem { path: path.clone(), quantity, line: product_line(item) };
        match open {
            Some(set) => set.items.push(spelled),
            None => lines.push(Line {
                path,
                quantity,
                what: Ordered::SpelledSet(SpelledSet { name, items: vec![spelled] }),
            }),
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
    use super::*;

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
