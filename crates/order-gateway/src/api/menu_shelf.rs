//! The public menu, kept as bytes: the same for everybody, and new with every revision.

use std::sync::Arc;

use edge::rest::Shelf;

use crate::app::CurrentMenu;

const VIEWS: &[&str] = &["/api/v1/menu", "/api/v1/menu/pizzas", "/api/v1/menu/extras", "/api/v1/menu/sets"];

/// Where the menu is changed.
const OFFICE: &[&str] = &["/api/v1/admin/", "/api/v1/erp/stop-list"];

/// The views of the menu, for as long as its revision is in force here.
pub fn menu_shelf(menu: Arc<CurrentMenu>) -> Shelf {
    Shelf::new(VIEWS, OFFICE, move || Some(menu.revision()).filter(|revision| *revision > 0))
}
