//! A small menu for tests: three pizzas of one size, a drink, two extras, three sets.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::*;
use crate::ids::*;
use crate::money::Money;

pub(crate) const OTHER_BRANCH: BranchId = BranchId::from_uuid(Uuid::from_u128(0xB));
pub(crate) const CLOSED_BRANCH: BranchId = BranchId::from_uuid(Uuid::from_u128(0xC));
pub(crate) const ZONE: ZoneId = ZoneId::from_uuid(Uuid::from_u128(0x2));

pub(crate) const MARGHERITA: ProductId = product_id(1); // 549
pub(crate) const PEPPERONI: ProductId = product_id(2); // 699
pub(crate) const TRUFFLE: ProductId = product_id(3); // 899
pub(crate) const COLA: ProductId = product_id(4); // 120, no route
pub(crate) const CAKE: ProductId = product_id(5); // 12 000

pub(crate) const CHEESE: ExtraId = ExtraId::from_uuid(Uuid::from_u128(0x21)); // 199
pub(crate) const CHILI: ExtraId = ExtraId::from_uuid(Uuid::from_u128(0x22)); // 50, pepperoni only

pub(crate) const FAMILY: SetId = SetId::from_uuid(Uuid::from_u128(0x31)); // 2 000: one of each pizza
pub(crate) const PICK_TWO: SetId = SetId::from_uuid(Uuid::from_u128(0x32)); // 1 000: two pizzas and a cola
pub(crate) const PIZZAS: ChoiceGroupId = ChoiceGroupId::from_uuid(Uuid::from_u128(0x41));

pub(crate) const DOUGH: NomenclatureId = NomenclatureId::from_uuid(Uuid::from_u128(0x51));
pub(crate) const MOZZARELLA: NomenclatureId = NomenclatureId::from_uuid(Uuid::from_u128(0x52));
pub(crate) const BASIL: NomenclatureId = NomenclatureId::from_uuid(Uuid::from_u128(0x53));

const FOOD: CategoryId = CategoryId::from_uuid(Uuid::from_u128(0x61));
const DRINKS: CategoryId = CategoryId::from_uuid(Uuid::from_u128(0x62));

const fn product_id(number: u128) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(0x10 + number))
}

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-02-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn rub(roubles: u32) -> Money {
    Money::from_roubles(roubles)
}

pub(crate) fn parts() -> MenuParts {
    use PriceSubject::{Extra, Product, Set};
    let prices = [
        (Product(MARGHERITA), 549),
        (Product(PEPPERONI), 699),
        (Product(TRUFFLE), 899),
        (Product(COLA), 120),
        (Product(CAKE), 12_000),
        (Extra(CHEESE), 199),
        (Extra(CHILI), 50),
        (Set(FAMILY), 2_000),
        (Set(PICK_TWO), 1_000),
    ];
    MenuParts {
        revision: 7,
        branches: vec![
            branch(BranchId::MAIN, true),
            branch(OTHER_BRANCH, true),
            branch(CLOSED_BRANCH, false),
        ],
        categories: vec![
            category(FOOD, "Пиццы", KitchenCategory::Pizza),
            category(DRINKS, "Напитки", KitchenCategory::Drinks),
        ],
        products: vec![
            pizza(MARGHERITA, "Маргарита", &[CHEESE]),
            pizza(PEPPERONI, "Пепперони", &[CHEESE, CHILI]),
            pizza(TRUFFLE, "Трюфельная", &[CHEESE]),
            plain(COLA, "Кола", DRINKS),
            plain(CAKE, "Торт", FOOD),
        ],
        extras: vec![extra(CHEESE, "Сыр", Some(MOZZARELLA)), extra(CHILI, "Чили", None)],
        sets: vec![
            set(FAMILY, "Семейный", [MARGHERITA, PEPPERONI, TRUFFLE].map(one).to_vec()),
            set(PICK_TWO, "Дуэт", vec![two_of_three(), one(COLA)]),
        ],
        prices: prices.into_iter().map(|(subject, roubles)| price_row(subject, roubles)).collect(),
        stops: Vec::new(),
    }
}

pub(crate) fn menu() -> Menu {
    Menu::new(parts()).unwrap()
}

/// The sample menu with something changed.
pub(crate) fn menu_with(change: impl FnOnce(&mut MenuParts)) -> Menu {
    let mut parts = parts();
    change(&mut parts);
    Menu::new(parts).unwrap()
}

pub(crate) fn price_row(subject: PriceSubject, roubles: u32) -> Price {
    let valid_from = "2026-01-01T00:00:00Z".parse().unwrap();
    Price { subject, branch: None, amount: rub(roubles), valid_from }
}

pub(crate) fn stop(subject: StopSubject, branch: BranchId) -> Stop {
    Stop { subject, branch, channels: Vec::new(), until: None, reason: "кончилось".to_owned() }
}

fn branch(id: BranchId, active: bool) -> MenuBranch {
    let zone = DeliveryZone {
        id: ZONE,
        name: "Центр".to_owned(),
        fee: rub(150),
        minimum: rub(500),
        free_from: Some(rub(1_500)),
        extra_minutes: 0,
    };
    MenuBranch {
        id,
        code: format!("{}", id.as_uuid().as_u128() % 100),
        name: "Пиццерия".to_owned(),
        time_zone: "Europe/Moscow".to_owned(),
        active,
        is_default: id == BranchId::MAIN,
        terms: Terms { half_price_rule: HalfPriceRule::Max, zones: vec![zone], default_zone: Some(ZONE) },
    }
}

fn category(id: CategoryId, name: &str, kitchen: KitchenCategory) -> Category {
    Category { id, name: name.to_owned(), position: 0, kitchen }
}

fn pizza(id: ProductId, name: &str, extras: &[ExtraId]) -> Product {
    let link =
        |extra: &ExtraId| ExtraLink { extra: *extra, default: false, price: None, portion_grams: None };
    Product {
        half_group: Some("30".to_owned()),
        route: vec![stage(StageKind::Prep, 120, 0), stage(StageKind::Oven, 300, 1)],
        composition: vec![
            ingredient(DOUGH, "Тесто", 250, false, false),
            ingredient(MOZZARELLA, "Моцарелла", 151, true, false),
            ingredient(BASIL, "Базилик", 5, true, true),
        ],
        recipe_version: Some(RecipeVersionId::from_uuid(id.as_uuid())),
        kitchen: true,
        allergens: vec!["глютен".to_owned()],
        extras: extras.iter().map(link).collect(),
        ..plain(id, name, FOOD)
    }
}

fn plain(id: ProductId, name: &str, category: CategoryId) -> Product {
    Product {
        id,
        v1_name: name.to_owned(),
        category,
        family: name.to_owned(),
        size_label: "30 см".to_owned(),
        half_group: None,
        route: Vec::new(),
        composition: Vec::new(),
        recipe_version: None,
        kitchen: false,
        allergens: Vec::new(),
        image: String::new(),
        description: String::new(),
        nutrition: None,
        ready_for_sale: true,
        active: true,
        extras: Vec::new(),
        position: 0,
    }
}

fn stage(kind: StageKind, seconds: u32, oven_places: u32) -> Stage {
    Stage { kind, seconds, oven_places }
}

fn ingredient(id: NomenclatureId, name: &str, grams: u32, removable: bool, optional: bool) -> Ingredient {
    Ingredient { id, name: name.to_owned(), grams, removable, optional }
}

fn extra(id: ExtraId, name: &str, nomenclature: Option<NomenclatureId>) -> Extra {
    Extra { id, name: name.to_owned(), portion_grams: 45, max_per_unit: 3, nomenclature, active: true }
}

fn set(id: SetId, name: &str, components: Vec<Component>) -> Set {
    let name = name.to_owned();
    Set { id, v1_name: name, description: String::new(), image: String::new(), components, active: true }
}

fn one(product: ProductId) -> Component {
    Component::Fixed { product, count: 1 }
}

fn two_of_three() -> Component {
    let option = |(product, roubles)| ChoiceOption { product, surcharge: rub(roubles) };
    let options = [(MARGHERITA, 0), (PEPPERONI, 0), (TRUFFLE, 100)].map(option).to_vec();
    Component::Choice { group: PIZZAS, name: "Пиццы".to_owned(), take: 2, options }
}
