//! The snapshot and its indexes.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::pricelist::PriceList;
use super::{
    Category, Extra, KitchenCategory, MenuBranch, MenuFault, Price, PriceSubject, Product, Set, Stop,
    StopSubject, check,
};
use crate::channel::Channel;
use crate::ids::{BranchId, CategoryId, ExtraId, ProductId, SetId};
use crate::money::Money;
use crate::text::name_key;

/// What a snapshot is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MenuParts {
    /// Grows with every change that clients can see.
    pub revision: u64,
    /// Where things are sold.
    pub branches: Vec<MenuBranch>,
    /// Sections of the menu.
    pub categories: Vec<Category>,
    /// What is sold.
    pub products: Vec<Product>,
    /// What is added to it.
    pub extras: Vec<Extra>,
    /// What is sold together.
    pub sets: Vec<Set>,
    /// For how much, past and future.
    pub prices: Vec<Price>,
    /// What is off sale for now.
    pub stops: Vec<Stop>,
}

/// One revision of the menu, checked and indexed; replaced as a whole, never changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Menu {
    parts: MenuParts,
    branches: HashMap<BranchId, usize>,
    categories: HashMap<CategoryId, usize>,
    products: HashMap<ProductId, usize>,
    extras: HashMap<ExtraId, usize>,
    sets: HashMap<SetId, usize>,
    product_names: HashMap<String, usize>,
    extra_names: HashMap<String, usize>,
    set_names: HashMap<String, usize>,
    prices: PriceList,
    stops: HashMap<(BranchId, StopSubject), Vec<usize>>,
}

impl Menu {
    /// Checks the parts and indexes them.
    pub fn new(parts: MenuParts) -> Result<Self, MenuFault> {
        check::check(&parts)?;
        let mut stops: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, stop) in parts.stops.iter().enumerate() {
            stops.entry((stop.branch, stop.subject)).or_default().push(at);
        }
        Ok(Self {
            branches: index(&parts.branches, |branch| branch.id),
            categories: index(&parts.categories, |category| category.id),
            products: index(&parts.products, |product| product.id),
            extras: index(&parts.extras, |extra| extra.id),
            sets: index(&parts.sets, |set| set.id),
            product_names: index(&parts.products, |product| name_key(&product.v1_name)),
            extra_names: index(&parts.extras, |extra| name_key(&extra.name)),
            set_names: index(&parts.sets, |set| name_key(&set.v1_name)),
            prices: PriceList::new(&parts.prices),
            stops,
            parts,
        })
    }

    /// Which revision this is.
    pub const fn revision(&self) -> u64 {
        self.parts.revision
    }

    /// All that the snapshot holds.
    pub const fn parts(&self) -> &MenuParts {
        &self.parts
    }

    /// The branch with that id, active or not.
    pub fn branch(&self, id: BranchId) -> Option<&MenuBranch> {
        self.parts.branches.get(*self.branches.get(&id)?)
    }

    /// The branch that takes orders which name none.
    pub fn default_branch(&self) -> Option<&MenuBranch> {
        self.parts.branches.iter().find(|branch| branch.is_default && branch.active)
    }

    /// The section of the menu with that id.
    pub fn category(&self, id: CategoryId) -> Option<&Category> {
        self.parts.categories.get(*self.categories.get(&id)?)
    }

    /// How the kitchen sorts a product of this menu.
    pub fn kitchen_category(&self, product: &Product) -> KitchenCategory {
        self.category(product.category).map_or(KitchenCategory::Pizza, |category| category.kitchen)
    }

    /// The product with that id, on sale or not.
    pub fn product(&self, id: ProductId) -> Option<&Product> {
        self.parts.products.get(*self.products.get(&id)?)
    }

    /// The product of that name, without case.
    pub fn product_by_v1_name(&self, name: &str) -> Option<&Product> {
        self.parts.products.get(*self.product_names.get(&name_key(name))?)
    }

    /// The extra with that id, on sale or not.
    pub fn extra(&self, id: ExtraId) -> Option<&Extra> {
        self.parts.extras.get(*self.extras.get(&id)?)
    }

    /// The extra of that name, without case.
    pub fn extra_by_name(&self, name: &str) -> Option<&Extra> {
        self.parts.extras.get(*self.extra_names.get(&name_key(name))?)
    }

    /// The set with that id, on sale or not.
    pub fn set(&self, id: SetId) -> Option<&Set> {
        self.parts.sets.get(*self.sets.get(&id)?)
    }

    /// The set of that name, without case.
    pub fn set_by_v1_name(&self, name: &str) -> Option<&Set> {
        self.parts.sets.get(*self.set_names.get(&name_key(name))?)
    }

    /// The price of something at a branch at a time.
    pub fn price_of(&self, subject: PriceSubject, branch: BranchId, at: DateTime<Utc>) -> Option<Money> {
        self.prices.price_of(subject, branch, at)
    }

    /// Whether something itself is on the branch's stop-list.
    pub fn is_stopped(
        &self,
        subject: StopSubject,
        branch: BranchId,
        channel: Channel,
        at: DateTime<Utc>,
    ) -> bool {
        let entries = self.stops.get(&(branch, subject)).into_iter().flatten();
        entries.filter_map(|at| self.parts.stops.get(*at)).any(|stop| stop.holds(channel, at))
    }

    /// Active products in the order of the menu: by category, position, name.
    pub fn listed_products(&self) -> Vec<&Product> {
        let mut listed: Vec<_> = self.parts.products.iter().filter(|product| product.active).collect();
        listed.sort_by_cached_key(|product| {
            let category = self.category(product.category).map_or(i32::MAX, |category| category.position);
            (category, product.position, name_key(&product.v1_name))
        });
        listed
    }

    /// Active extras by name.
    pub fn listed_extras(&self) -> Vec<&Extra> {
        let mut listed: Vec<_> = self.parts.extras.iter().filter(|extra| extra.active).collect();
        listed.sort_by_cached_key(|extra| name_key(&extra.name));
        listed
    }

    /// Active sets by name.
    pub fn listed_sets(&self) -> Vec<&Set> {
        let mut listed: Vec<_> = self.parts.sets.iter().filter(|set| set.active).collect();
        listed.sort_by_cached_key(|set| name_key(&set.v1_name));
        listed
    }
}

fn index<T, K: Eq + std::hash::Hash>(all: &[T], key: impl Fn(&T) -> K) -> HashMap<K, usize> {
    all.iter().enumerate().map(|(at, each)| (key(each), at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::menu::samples::{COLA, MARGHERITA, OTHER_BRANCH, menu, menu_with};

    #[test]
    fn orders_that_name_no_branch_go_to_the_default_one_while_it_works() {
        let closed = menu_with(|parts| parts.branches[0].active = false);

        assert_eq!(menu().default_branch().map(|branch| branch.id), Some(BranchId::MAIN));
        assert_eq!(closed.default_branch(), None);
        assert!(closed.branch(OTHER_BRANCH).is_some_and(|branch| branch.active));
    }

    #[test]
    fn active_products_are_listed_by_category_position_and_name() {
        let menu = menu_with(|parts| {
            parts.categories[0].position = 1;
            parts.products[1].active = false;
            parts.products[2].position = -1;
        });

        let listed = menu.listed_products();

        let names: Vec<_> = listed.iter().map(|product| product.v1_name.as_str()).collect();
        assert_eq!(names, ["Кола", "Трюфельная", "Маргарита", "Торт"]);
    }

    #[test]
    fn the_kitchen_sorts_a_product_as_its_category_says() {
        let menu = menu();
        let kitchen = |id| menu.kitchen_category(menu.product(id).unwrap());

        assert_eq!((kitchen(MARGHERITA), kitchen(COLA)), (KitchenCategory::Pizza, KitchenCategory::Drinks));
    }
}
