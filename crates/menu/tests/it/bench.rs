//! The service under test with stores and a clock of its own, and a small menu to begin with.

use std::sync::Arc;
use std::time::Duration;

use bus::BusSettings;
use chassis::clock::ManualClock;
use chassis::settings::Process;
use chassis::telemetry::LogFormat;
use chassis::{Lifecycle, SystemIds};
use chrono::{DateTime, Utc};
use contracts::menu::v1::menu_admin_service_client::MenuAdminServiceClient;
use contracts::menu::v1::menu_service_client::MenuServiceClient;
use contracts::menu::v1::{
    AddPriceRequest, BranchTerms, Category, GetMenuRequest, Ingredient, MenuView, Product,
    PutBranchTermsRequest, PutCategoryRequest, PutProductRequest, RouteStage,
};
use diesel::sql_types::{Jsonb, Text};
use diesel_async::RunQueryDsl as _;
use edge::IdentitySettings;
use menu::config::{Config, Own, SCHEMA, SERVICE};
use menu::service::Service;
use menu::storage::MIGRATIONS;
use store::{StoreSettings, migrate};
use testkit::{Keys, TestDb, TestRedis, TestTopics, eventually_some};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

pub const MAIN: &str = "01900000-0000-7000-8000-000000000001";
pub const BRANCH_B: &str = "01900000-0000-7000-8000-000000000002";
pub const CATEGORY: &str = "01900000-0000-7000-8000-00000000c001";
pub const MARGHERITA: &str = "01900000-0000-7000-8000-00000000a001";
pub const PEPPERONI: &str = "01900000-0000-7000-8000-00000000a002";
pub const MOZZARELLA: &str = "01900000-0000-7000-8000-00000000f001";

const PATIENCE: Duration = Duration::from_secs(20);
/// Nobody listens there: the menu does not need Kafka to work.
const NO_BROKER: &str = "127.0.0.1:1";

pub struct Bench {
    pub db: TestDb,
    pub redis: TestRedis,
    pub keys: Keys,
    pub clock: Arc<ManualClock>,
    pub menu: MenuServiceClient<Channel>,
    pub admin: MenuAdminServiceClient<Channel>,
    brokers: String,
    prefix: String,
    lifecycle: Lifecycle,
}

impl Bench {
    /// The service over fresh stores, without Kafka, at noon.
    pub async fn start() -> Self {
        Self::over(NO_BROKER, "").await
    }

    /// The same with topics of its own.
    pub async fn with_topics(topics: &TestTopics) -> Self {
        Self::over(topics.brokers(), topics.prefix()).await
    }

    async fn over(brokers: &str, prefix: &str) -> Self {
        let (db, redis, keys) = (TestDb::fresh().await, TestRedis::start().await, Keys::fresh());
        let clock = Arc::new(ManualClock::at(at("2026-02-01T12:00:00Z")));
        let config = config(&db, &redis, &keys, brokers, prefix);
        migrate::run(&config.store, MIGRATIONS).await.unwrap();
        let (lifecycle, channel) = run(&config, &clock).await;
        Self {
            menu: MenuServiceClient::new(channel.clone()),
            admin: MenuAdminServiceClient::new(channel),
            db,
            redis,
            keys,
            clock,
            brokers: brokers.to_owned(),
            prefix: prefix.to_owned(),
            lifecycle,
        }
    }

    /// Ends the service, and starts another one over the same stores.
    pub async fn restart(&mut self) {
        self.lifecycle.stop_signal().cancel();
        let config = config(&self.db, &self.redis, &self.keys, &self.brokers, &self.prefix);
        let (lifecycle, channel) = run(&config, &self.clock).await;
        self.menu = MenuServiceClient::new(channel.clone());
        self.admin = MenuAdminServiceClient::new(channel);
        self.lifecycle = lifecycle;
    }

    /// Another instance over the same stores.
    pub async fn another(&self) -> (Lifecycle, MenuServiceClient<Channel>) {
        let config = config(&self.db, &self.redis, &self.keys, &self.brokers, &self.prefix);
        let (lifecycle, channel) = run(&config, &self.clock).await;
        (lifecycle, MenuServiceClient::new(channel))
    }

    /// A moment before now.
    pub fn clock_before(&self, span: chrono::TimeDelta) -> contracts::timestamp::Timestamp {
        use chassis::Clock as _;
        (self.clock.now() - span).into()
    }

    /// A request of the owner.
    pub fn owner<T>(&self, message: T) -> Request<T> {
        with_token(message, &self.keys.chain_token("super_admin"))
    }

    /// A request of somebody with one role in one branch.
    pub fn staff<T>(&self, role: &str, branch: &str, message: T) -> Request<T> {
        with_token(message, &self.keys.token(role, branch))
    }

    /// The menu of a branch; empty: of the default branch.
    pub async fn menu_of(&mut self, branch: &str) -> MenuView {
        self.try_menu_of(branch).await.unwrap()
    }

    pub async fn try_menu_of(&mut self, branch: &str) -> Result<MenuView, Status> {
        let request = GetMenuRequest { branch_id: branch.to_owned(), channel: String::new() };
        Ok(self.menu.get_menu(request).await?.into_inner())
    }

    /// The menu of a branch as soon as it looks like that.
    pub async fn menu_when(&mut self, branch: &str, looks: impl Fn(&MenuView) -> bool) -> MenuView {
        let client = self.menu.clone();
        let request = GetMenuRequest { branch_id: branch.to_owned(), channel: String::new() };
        eventually_some("the menu shows the change", PATIENCE, async || {
            let answer = client.clone().get_menu(request.clone()).await.ok()?;
            Some(answer.into_inner()).filter(|menu| looks(menu))
        })
        .await
    }

    /// A category, both branches, and two pizzas at 549 and 599.
    pub async fn with_menu(mut self) -> Self {
        for terms in [terms(MAIN, "MSK", true), terms(BRANCH_B, "NSK", false)] {
            let request = PutBranchTermsRequest { branch_id: terms.branch_id.clone(), terms: Some(terms) };
            self.admin.put_branch_terms(self.owner(request)).await.unwrap();
        }
        let category = Category {
            id: CATEGORY.to_owned(),
            name: "Пиццы".to_owned(),
            position: 1,
            kitchen_category: "pizza".to_owned(),
        };
        let request = PutCategoryRequest { id: CATEGORY.to_owned(), category: Some(category) };
        self.admin.put_category(self.owner(request)).await.unwrap();
        for (id, name, price) in [(MARGHERITA, "Маргарита", 549), (PEPPERONI, "Пепперони", 599)]
        {
            self.put_product(pizza(id, name)).await.unwrap();
            self.add_price("product", id, price).await;
        }
        self.menu_when("", |menu| {
            menu.pizzas.len() == 2 && menu.pizzas.values().all(|pizza| pizza.available)
        })
        .await;
        self
    }

    pub async fn put_product(&mut self, product: Product) -> Result<Product, Status> {
        let request =
            PutProductRequest { id: product.id.clone(), product: Some(product), expected_version: None };
        Ok(self.admin.put_product(self.owner(request)).await?.into_inner())
    }

    pub async fn add_price(&mut self, kind: &str, id: &str, amount: i32) {
        let request = price(kind, id, amount);
        self.admin.add_price(self.owner(request)).await.unwrap();
    }
}

impl Bench {
    /// What the audit says about one thing, oldest first.
    pub async fn audited(&self, kind: &str, id: &str) -> Vec<Act> {
        let query =
            "SELECT actor, change FROM audit WHERE entity_kind = $1 AND entity_id = $2::uuid ORDER BY id";
        let query = diesel::sql_query(query).bind::<Text, _>(kind).bind::<Text, _>(id);
        query.load(&mut self.db.connect("menu").await).await.unwrap()
    }
}

/// A row of the audit.
#[derive(diesel::QueryableByName)]
pub struct Act {
    #[diesel(sql_type = Text)]
    pub actor: String,
    #[diesel(sql_type = Jsonb)]
    pub change: serde_json::Value,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.lifecycle.stop_signal().cancel();
    }
}

async fn run(config: &Config, clock: &Arc<ManualClock>) -> (Lifecycle, Channel) {
    let service = Service::bind_with(config, clock.clone(), Arc::new(SystemIds)).await.unwrap();
    let address = service.addresses().unwrap().grpc;
    let lifecycle = Lifecycle::new(Duration::from_secs(5));
    service.start(&lifecycle);
    (lifecycle, Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy())
}

fn config(db: &TestDb, redis: &TestRedis, keys: &Keys, brokers: &str, prefix: &str) -> Config {
    assert_eq!(SCHEMA, "menu");
    Config {
        process: Process {
            env: "development".to_owned(),
            host: "127.0.0.1".to_owned(),
            log_format: LogFormat::Auto,
            rust_log: "info".to_owned(),
        },
        store: StoreSettings { pool_size: 4, ..StoreSettings::new(db.url().into(), SCHEMA) },
        bus: BusSettings { topic_prefix: prefix.to_owned(), ..BusSettings::new(brokers, SERVICE) },
        identity: IdentitySettings {
            jwt_public_key: keys.public_pem().to_owned(),
            internal_secret: keys.internal_secret().into(),
        },
        own: Own { grpc_port: 0, ops_port: 0, redis_url: redis.url().into() },
    }
}

pub fn with_token<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn price(kind: &str, id: &str, amount: i32) -> AddPriceRequest {
    AddPriceRequest {
        subject_kind: kind.to_owned(),
        subject_id: id.to_owned(),
        amount,
        ..AddPriceRequest::default()
    }
}

pub fn terms(id: &str, code: &str, is_default: bool) -> BranchTerms {
    BranchTerms {
        branch_id: id.to_owned(),
        code: code.to_owned(),
        name: format!("Филиал {code}"),
        time_zone: "Europe/Moscow".to_owned(),
        active: true,
        is_default,
        ..BranchTerms::default()
    }
}

/// A pizza of the kitchen with tomato sauce and mozzarella.
pub fn pizza(id: &str, name: &str) -> Product {
    let ingredient = |id: &str, name: &str, grams, removable| Ingredient {
        id: id.to_owned(),
        name: name.to_owned(),
        grams,
        removable,
        optional: false,
    };
    Product {
        id: id.to_owned(),
        v1_name: name.to_owned(),
        category_id: CATEGORY.to_owned(),
        family: name.to_owned(),
        size: "30 см".to_owned(),
        half_group: "30".to_owned(),
        recipe_version_id: "01900000-0000-7000-8000-00000000e001".to_owned(),
        kitchen: true,
        route: vec![
            RouteStage { kind: "prep".to_owned(), seconds: 120, oven_places: 0 },
            RouteStage { kind: "oven".to_owned(), seconds: 420, oven_places: 1 },
        ],
        composition: vec![
            ingredient(MOZZARELLA, "Моцарелла", 150, false),
            ingredient("01900000-0000-7000-8000-00000000f002", "Томатный соус", 80, true),
        ],
        allergens: vec!["молоко".to_owned()],
        ready_for_sale: true,
        active: true,
        ..Product::default()
    }
}

/// The reason of a refusal.
pub fn reason(status: &Status) -> String {
    use tonic_types::StatusExt as _;
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

/// The one field at fault.
pub fn field(status: &Status) -> String {
    use tonic_types::StatusExt as _;
    let faults = status.get_details_bad_request().unwrap().field_violations;
    let [fault] = faults.as_slice() else { panic!("{} faults", faults.len()) };
    fault.field.clone()
}

/// A fact beside the reason.
pub fn fact(status: &Status, name: &str) -> String {
    use tonic_types::StatusExt as _;
    let info = status.get_details_error_info().unwrap();
    info.metadata.get(name).cloned().unwrap_or_default()
}
