//! Categories.

use contracts::menu::v1::PutCategoryRequest;
use domain::ids::CategoryId;
use domain::menu::{Category, KitchenCategory};
use domain::{Faults, Refused};

use super::fields;
use crate::app::put_category::PutCategory;

/// A category to be put.
pub fn put_category(request: PutCategoryRequest) -> Result<PutCategory, Refused> {
    let category = request.category.unwrap_or_default();
    let mut faults = Faults::new();
    let id = fields::path_uuid(&mut faults, "category.id", &request.id, &category.id);
    let name = fields::text(&mut faults, "category.name", &category.name, 1..=100);
    let kitchen = fields::named(
        &mut faults,
        "category.kitchen_category",
        "KITCHEN_CATEGORY_UNKNOWN",
        &category.kitchen_category,
        KitchenCategory::parse,
    );
    let kitchen = fields::faultless(kitchen, faults)?;
    Ok(PutCategory(Category { id: CategoryId::from_uuid(id), name, position: category.position, kitchen }))
}
