//! Items of the record.

use domain::ids::ItemId;
use domain::menu::Stage;
use domain::orders::priced::{Excluded, HalfOf, IngredientAmount, PickedExtra, PricedItem};
use std::collections::BTreeMap;

use super::{roubles, wire_count};
use crate::order::{ItemExclusion, ItemExtra, ItemHalf, PizzaItem, RouteStage};

/// One item as it is written to the log.
pub fn item(item: &PricedItem, id: ItemId) -> PizzaItem {
    PizzaItem {
        pizza_name: item.name.clone(),
        ingredients: names(&item.ingredients),
        extras: item.extras.iter().flat_map(repeated_name).collect(),
        quantity: wire_count(item.quantity),
        price: roubles(item.unit_price),
        ingredient_amounts: grams(&item.ingredients),
        set_name: item.set_name().to_owned(),
        is_set_item: item.is_set_item(),
        id: id.to_string(),
        item_index: wire_count(item.item_index),
        line_index: wire_count(item.line_index),
        product_id: item.product.to_string(),
        size: item.size_label.clone(),
        category: item.category.as_str().to_owned(),
        pizza_price: roubles(item.product_price),
        extras_price: roubles(item.extras_price),
        exclude_ingredients: item.excluded.iter().map(|excluded| excluded.name.clone()).collect(),
        extra_details: item.extras.iter().map(extra).collect(),
        exclusions: item.excluded.iter().map(exclusion).collect(),
        left: item.halves.as_ref().map(|halves| half(&halves.left)),
        right: item.halves.as_ref().map(|halves| half(&halves.right)),
        recipe_version_id: item.recipe_version.map(|id| id.to_string()).unwrap_or_default(),
        route: item.route.iter().map(stage).collect(),
        allergens: item.allergens.clone(),
        version: 1,
        status: "pending".to_owned(),
    }
}

/// On the v1 wire an extra that is taken twice stands twice.
fn repeated_name(extra: &PickedExtra) -> impl Iterator<Item = String> {
    let times = usize::try_from(extra.count).unwrap_or(1);
    std::iter::repeat_n(extra.name.clone(), times)
}

fn extra(extra: &PickedExtra) -> ItemExtra {
    ItemExtra {
        extra_id: extra.id.to_string(),
        name: extra.name.clone(),
        count: wire_count(extra.count),
        side: extra.side.as_str().to_owned(),
        grams: wire_count(extra.grams),
        price: roubles(extra.price),
    }
}

fn exclusion(excluded: &Excluded) -> ItemExclusion {
    ItemExclusion {
        ingredient_id: excluded.id.to_string(),
        name: excluded.name.clone(),
        side: excluded.side.as_str().to_owned(),
    }
}

fn half(half: &HalfOf) -> ItemHalf {
    ItemHalf {
        product_id: half.product.to_string(),
        name: half.name.clone(),
        recipe_version_id: half.recipe_version.map(|id| id.to_string()).unwrap_or_default(),
        ingredients: names(&half.ingredients),
        ingredient_amounts: grams(&half.ingredients),
    }
}

fn stage(stage: &Stage) -> RouteStage {
    RouteStage {
        kind: stage.kind.as_str().to_owned(),
        seconds: wire_count(stage.seconds),
        oven_places: wire_count(stage.oven_places),
    }
}

fn names(ingredients: &[IngredientAmount]) -> Vec<String> {
    ingredients.iter().map(|ingredient| ingredient.name.clone()).collect()
}

fn grams(ingredients: &[IngredientAmount]) -> BTreeMap<String, i32> {
    ingredients.iter().map(|ingredient| (ingredient.name.clone(), wire_count(ingredient.grams))).collect()
}
