//! A small menu, and a menu service that gives it out.

use contracts::menu::v1 as wire;
use contracts::menu::v1::menu_service_server::MenuService;
use contracts::timestamp::Timestamp;
use edge::{grpc, into_status};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use testkit::BRANCH_MAIN;
use tonic::{Request, Response, Status};

pub const MARGHERITA: &str = "019c1a00-0000-7000-8000-000000000101";
pub const PEPPERONI: &str = "019c1a00-0000-7000-8000-000000000102";
/// Everything on it: 50 lines of it are more than a draft may hold.
pub const EVERYTHING: &str = "019c1a00-0000-7000-8000-000000000103";
pub const CHEESE: &str = "019c1a00-0000-7000-8000-000000000201";
const SET: &str = "019c1a00-0000-7000-8000-000000000301";
const CATEGORY: &str = "019c1a00-0000-7000-8000-000000000401";
const ZONE: &str = "019c1a00-0000-7000-8000-000000000501";
const BASIL: &str = "019c1a00-0000-7000-8000-000000000601";

/// Маргарита 549, Пепперони 699, Со всем 999, extra Сыр 199, set Дуэт 999; delivery 150, free from 1 500.
pub fn snapshot(revision: i64) -> wire::MenuSnapshot {
    wire::MenuSnapshot {
        revision,
        branches: vec![branch()],
        categories: vec![wire::Category {
            id: CATEGORY.to_owned(),
            name: "Пицца".to_owned(),
            kitchen_category: "pizza".to_owned(),
            ..wire::Category::default()
        }],
        products: vec![product(MARGHERITA, "Маргарита"), product(PEPPERONI, "Пепперони"), everything()],
        extras: vec![wire::Extra {
            id: CHEESE.to_owned(),
            name: "Сыр".to_owned(),
            portion_grams: 40,
            max_per_unit: 3,
            active: true,
            ..wire::Extra::default()
        }],
        sets: vec![wire::Set {
            id: SET.to_owned(),
            v1_name: "Дуэт".to_owned(),
            components: vec![fixed(MARGHERITA), fixed(PEPPERONI)],
            active: true,
            ..wire::Set::default()
        }],
        prices: vec![
            price("product", MARGHERITA, 549),
            price("product", PEPPERONI, 699),
            price("product", EVERYTHING, 999),
            price("extra", CHEESE, 199),
            price("set", SET, 999),
        ],
        ..wire::MenuSnapshot::default()
    }
}

fn branch() -> wire::BranchTerms {
    wire::BranchTerms {
        branch_id: BRANCH_MAIN.to_owned(),
        code: "MAIN".to_owned(),
        name: "Главная".to_owned(),
        time_zone: "Europe/Moscow".to_owned(),
        active: true,
        is_default: true,
        half_price_rule: "max".to_owned(),
        zones: vec![wire::DeliveryZone {
            id: ZONE.to_owned(),
            name: "Город".to_owned(),
            fee: 150,
            free_from: Some(1500),
            ..wire::DeliveryZone::default()
        }],
        default_zone_id: ZONE.to_owned(),
        ..wire::BranchTerms::default()
    }
}

fn product(id: &str, name: &str) -> wire::Product {
    wire::Product {
        id: id.to_owned(),
        v1_name: name.to_owned(),
        category_id: CATEGORY.to_owned(),
        half_group: "30".to_owned(),
        recipe_version_id: id.replace("-0001", "-0007"),
        kitchen: true,
        route: vec![wire::RouteStage { kind: "oven".to_owned(), seconds: 300, oven_places: 1 }],
        composition: vec![wire::Ingredient {
            id: BASIL.to_owned(),
            name: "Базилик".to_owned(),
            grams: 5,
            removable: true,
            ..wire::Ingredient::default()
        }],
        extras: vec![wire::ExtraLink { extra_id: CHEESE.to_owned(), ..wire::ExtraLink::default() }],
        ready_for_sale: true,
        active: true,
        ..wire::Product::default()
    }
}

fn everything() -> wire::Product {
    let ingredient = |number| wire::Ingredient {
        id: format!("019c1a00-0000-7000-8000-0000000007{number:02}"),
        name: format!("Ингредиент с длинным именем, номер {number}"),
        grams: 5,
        ..wire::Ingredient::default()
    };
    wire::Product { composition: (10..30).map(ingredient).collect(), ..product(EVERYTHING, "Со всем") }
}

fn fixed(product: &str) -> wire::Component {
    let fixed = wire::FixedComponent { product_id: product.to_owned(), count: 1 };
    wire::Component { what: Some(wire::component::What::Fixed(fixed)) }
}

fn price(kind: &str, id: &str, amount: i32) -> wire::Price {
    wire::Price {
        subject_kind: kind.to_owned(),
        subject_id: id.to_owned(),
        amount,
        valid_from: Some(Timestamp { seconds: 1_700_000_000, nanos: 0 }),
        ..wire::Price::default()
    }
}

/// A menu service; it says nothing until it is told to.
#[derive(Clone, Default)]
pub struct Menu {
    is_there: Arc<AtomicBool>,
}

impl Menu {
    pub fn appear(&self) {
        self.is_there.store(true, Ordering::SeqCst);
    }
}

#[tonic::async_trait]
impl MenuService for Menu {
    async fn get_snapshot(
        &self,
        request: Request<wire::GetSnapshotRequest>,
    ) -> Result<Response<wire::MenuSnapshot>, Status> {
        grpc::caller(&request).require_service().map_err(into_status)?;
        let is_new = request.get_ref().newer_than < 7 && self.is_there.load(Ordering::SeqCst);
        Ok(Response::new(if is_new { snapshot(7) } else { wire::MenuSnapshot::default() }))
    }

    async fn get_menu(&self, _: Request<wire::GetMenuRequest>) -> Result<Response<wire::MenuView>, Status> {
        let mut answer = Response::new(wire::MenuView { revision: 7, ..wire::MenuView::default() });
        answer.metadata_mut().insert("etag", "\"7-main\"".parse().unwrap());
        Ok(answer)
    }

    async fn get_pizzas(
        &self,
        _: Request<wire::GetMenuRequest>,
    ) -> Result<Response<wire::PizzasView>, Status> {
        Ok(Response::new(wire::PizzasView::default()))
    }

    async fn get_extras(
        &self,
        _: Request<wire::GetMenuRequest>,
    ) -> Result<Response<wire::ExtrasView>, Status> {
        Ok(Response::new(wire::ExtrasView::default()))
    }

    async fn get_sets(&self, _: Request<wire::GetMenuRequest>) -> Result<Response<wire::SetsView>, Status> {
        Ok(Response::new(wire::SetsView::default()))
    }
}
