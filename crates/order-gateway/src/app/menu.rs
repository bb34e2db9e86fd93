//! The menu in force: one immutable value, replaced as a whole, upwards only.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use chassis::Check;
use domain::menu::Menu;

/// The newest menu that was heard.
pub struct CurrentMenu {
    menu: ArcSwapOption<Menu>,
    health: Check,
}

impl CurrentMenu {
    /// No menu yet; `health` is up from the first one on.
    pub const fn new(menu: ArcSwapOption<Menu>, health: Check) -> Self {
        Self { menu, health }
    }

    /// The menu in force, if one was heard.
    pub fn get(&self) -> Option<Arc<Menu>> {
        self.menu.load_full()
    }

    /// Revision of the menu in force; 0 without one.
    pub fn revision(&self) -> u64 {
        self.menu.load().as_ref().map_or(0, |menu| menu.revision())
    }

    /// Takes a menu unless the one in force is as new. Whether it was taken.
    pub fn offer(&self, menu: Menu) -> bool {
        let offered = Arc::new(menu);
        let before = self.menu.rcu(|current| match current {
            Some(current) if current.revision() >= offered.revision() => Some(Arc::clone(current)),
            _ => Some(Arc::clone(&offered)),
        });
        let is_newer = before.is_none_or(|before| before.revision() < offered.revision());
        if is_newer {
            self.health.up();
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
            metrics::gauge!("menu_revision").set(offered.revision() as f64);
            tracing::info!(
                menu.revision = offered.revision(),
                "menu revision {} is in force",
                offered.revision()
            );
        }
        is_newer
    }
}

#[cfg(test)]
mod tests {
    use chassis::Health;
    use domain::menu::MenuParts;

    use super::*;

    fn revision(revision: u64) -> Menu {
        Menu::new(MenuParts { revision, ..MenuParts::default() }).unwrap()
    }

    #[test]
    fn the_menu_goes_upwards_only() {
        let health = Health::new();
        let current = CurrentMenu::new(ArcSwapOption::empty(), health.check("menu"));
        assert!(!health.is_ready());

        assert!(current.offer(revision(7)));
        assert!(!current.offer(revision(7)));
        assert!(!current.offer(revision(6)));
        assert!(current.offer(revision(9)));

        assert_eq!(current.revision(), 9);
        assert!(health.is_ready());
    }
}
