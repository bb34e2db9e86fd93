//! A small day: orders of every kind, moved through the kitchen, watched by two screens; then the services end.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use bus::{OutRecord, Producer};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use contracts::menu::v1::MenuSnapshot;
use diesel::QueryableByName;
use diesel::sql_types::Bytea;
use diesel_async::RunQueryDsl as _;
use domain::slots::SlotId;
use prost::Message as _;
use serde_json::{Value, json};
use testkit::{BRANCH_MAIN, BRANCH_NOVOSIBIRSK, System, Tablet, eventually, eventually_some};
use verify::{Entry, Expected, Frames, Journal, Outcome, Screen, Seen, Stores, Verdict};

const SOON: Duration = Duration::from_secs(30);
const SERVICES: [&str; 5] = ["menu", "slot-scheduler", "order-consumer", "order-gateway", "ws-fanout"];

/// What is left of the day.
pub struct Day {
    pub system: System,
    pub journal: Journal,
    pub frames: Frames,
    /// The menu that its orders were priced with.
    pub menu: MenuSnapshot,
    slots: BTreeMap<&'static str, String>,
    manager: String,
    orders: BTreeMap<&'static str, String>,
}

/// A screen that is being watched.
struct Watched {
    socket: Tablet,
    screen: Screen,
}

impl Day {
    /// Lives the day.
    pub async fn live() -> Self {
        let system = System::start().await;
        let manager = system.keys.chain_token("manager");
        let mut tablet = Watched::at("tablet", &system.tablet_url(), &manager, &[BRANCH_MAIN]).await;
        let both = [BRANCH_MAIN, BRANCH_NOVOSIBIRSK];
        let mut dashboard = Watched::at("dashboard", &system.dashboard_url(), &manager, &both).await;
        dashboard.screen.hidden_too = true;
        let mut day = Self {
            system,
            journal: Journal::default(),
            frames: Frames::default(),
            menu: MenuSnapshot::default(),
            slots: BTreeMap::new(),
            manager,
            orders: BTreeMap::new(),
        };
        day.place_all().await;
        day.work().await;
        verify::settled(&day.stores(), SOON).await.unwrap();
        let shown = "the screens show what is stored";
        day.frames = eventually_some(shown, SOON, async || {
            for watched in [&mut tablet, &mut dashboard] {
                watched.look().await;
            }
            let frames = Frames { screens: vec![tablet.screen.clone(), dashboard.screen.clone()] };
            day.is_shown(&frames).await.then_some(frames)
        })
        .await;
        day.menu = day.menu().await;
        for name in ["large", "delivery"] {
            let slot = day.slot_of(name).await;
            day.slots.insert(name, slot);
        }
        for service in SERVICES {
            day.system.terminate(service);
        }
        day
    }

    /// Where the day's stores are.
    pub fn stores(&self) -> Stores {
        Stores {
            database_url: self.system.db.url().to_owned(),
            redis_url: self.system.redis.url(),
            brokers: self.system.topics.brokers().to_owned(),
            topic_prefix: self.system.topics.prefix().to_owned(),
        }
    }

    /// Screens follow the log by themselves: at rest everywhere else, they may still be behind.
    async fn is_shown(&self, frames: &Frames) -> bool {
        let report =
            verify::verify_at_once(&self.stores(), None, Some(frames), &Expected::default()).await.unwrap();
        matches!(report.verdict("I7"), Some(Verdict::Holds { .. }))
    }

    /// Adds a record to a topic.
    pub async fn tell(&self, record: OutRecord) {
        let producer = Producer::new(&self.system.topics.settings("day")).unwrap();
        producer.send(record).await.unwrap();
    }

    /// Id of an order of the day.
    pub fn order(&self, name: &str) -> &str {
        &self.orders[name]
    }

    /// Redis's name for the slot of the large order, which is alone there, or of the delivery, which is not.
    pub fn slot(&self, name: &str) -> &str {
        &self.slots[name]
    }

    async fn place_all(&mut self) {
        for (name, body) in bodies() {
            self.place(name, &body).await;
        }
        let orders = self.orders.clone();
        self.place("plain", &one("Маргарита")).await;
        assert_eq!(self.orders, orders, "a repeat is the same order");
        self.place("nowhere", &json!({ "branch_id": "nowhere", "is_pickup": true })).await;
        assert_eq!(self.orders, orders, "what makes no sense is refused");
        self.note("silent", 0, Outcome::Unknown);
    }

    /// Places an order under its name as the key.
    async fn place(&mut self, name: &'static str, body: &Value) {
        let (status, body) = self.call("POST", "/api/v1/erp/orders", name, body).await;
        match body["order_id"].as_str() {
            Some(id) if status == 200 => {
                self.orders.insert(name, id.to_owned());
                let outcome = Outcome::Acknowledged { order_id: id.to_owned() };
                self.note(name, body["final_price"].as_i64().unwrap(), outcome);
            }
            _ => {
                assert_eq!(status, 400, "{name}: {body}");
                self.note(name, 0, Outcome::Refused { reason: body.to_string() });
            }
        }
    }

    fn note(&mut self, key: &str, roubles: i64, outcome: Outcome) {
        let branch = if key == "far" { BRANCH_NOVOSIBIRSK } else { BRANCH_MAIN }.to_owned();
        self.journal.note(Entry { key: key.to_owned(), branch, roubles, outcome, at: now() });
    }

    /// What kitchen and office do.
    async fn work(&self) {
        for name in ["plain", "halves", "cancelled"] {
            let path = format!("/api/v1/erp/orders/{}", self.order(name));
            eventually("the order is stored", SOON, async || {
                self.call("GET", &path, "", &json!({})).await.0 == 200
            })
            .await;
        }
        self.post("plain", "processed", json!({})).await;
        self.put("plain", json!({ "status": "delivered" })).await;
        self.put("halves", json!({ "status": "preparing" })).await;
        self.post("cancelled", "cancel", json!({ "reason": "customer_request" })).await;
        self.time_comes_for("soon").await;
    }

    /// Nobody waits an hour in a test: the moment to show the order is now.
    async fn time_comes_for(&self, name: &str) {
        let mut conn = self.system.db.connect("orders").await;
        let id = self.order(name);
        let sql = format!("UPDATE orders SET visible_at = now() WHERE id = '{id}' AND NOT shown");
        eventually("the order is stored", SOON, async || {
            diesel::sql_query(&sql).execute(&mut conn).await.unwrap() == 1
        })
        .await;
        let path = format!("/api/v1/erp/orders/{id}");
        eventually("the order is shown", SOON, async || {
            self.call("GET", &path, "", &json!({})).await.1["version"] == 2
        })
        .await;
    }

    async fn menu(&self) -> MenuSnapshot {
        #[derive(QueryableByName)]
        struct Newest {
            #[diesel(sql_type = Bytea)]
            snapshot: Vec<u8>,
        }
        let mut conn = self.system.db.connect("menu").await;
        let newest = "SELECT snapshot FROM revisions ORDER BY revision DESC LIMIT 1";
        let newest: Newest = diesel::sql_query(newest).get_result(&mut conn).await.unwrap();
        MenuSnapshot::decode(newest.snapshot.as_slice()).unwrap()
    }

    async fn slot_of(&self, name: &str) -> String {
        let (status, body) =
            self.call("GET", &format!("/api/v1/erp/orders/{}", self.order(name)), "", &json!({})).await;
        assert_eq!(status, 200, "{body}");
        let slot: SlotId = body["target_slot_id"].as_str().unwrap().parse().unwrap();
        format!("slot:{{{}}}:{}", slot.branch, slot.unix())
    }

    async fn post(&self, name: &str, what: &str, body: Value) {
        let path = format!("/api/v1/erp/orders/{}/{what}", self.order(name));
        let (status, answer) = self.call("POST", &path, &format!("{name}-{what}"), &body).await;
        assert_eq!(status, 200, "{path}: {answer}");
    }

    async fn put(&self, name: &str, body: Value) {
        let path = format!("/api/v1/erp/orders/{}/status", self.order(name));
        let (status, answer) = self.call("PUT", &path, &format!("{name}-{body}"), &body).await;
        assert_eq!(status, 200, "{path}: {answer}");
    }

    async fn call(&self, method: &str, path: &str, key: &str, body: &Value) -> (u16, Value) {
        let http = reqwest::Client::new();
        let mut request = http
            .request(method.parse().unwrap(), self.system.rest(path))
            .header("authorization", format!("Bearer {}", self.manager))
            .header("content-type", "application/json")
            .timeout(SOON);
        if method != "GET" {
            let key: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
            request = request.header("idempotency-key", key).body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
    }
}

impl Watched {
    async fn at(name: &str, url: &str, token: &str, branches: &[&str]) -> Self {
        let socket = Tablet::connect(url, token).await;
        let branches = branches.iter().map(|branch| (*branch).to_owned()).collect();
        let (name, seen) = (name.to_owned(), Vec::new());
        let screen = Screen { name, branches, hidden_too: false, since: now(), seen };
        let mut watched = Self { socket, screen };
        let snapshot = watched.socket.until(SOON, |frame| frame["type"] == "snapshot").await;
        watched.note(&snapshot);
        watched
    }

    /// Takes every frame that has come.
    async fn look(&mut self) {
        while let Some(frame) = self.socket.try_next(Duration::from_millis(700)).await {
            self.note(&frame);
        }
    }

    fn note(&mut self, frame: &Value) {
        let snapshot = frame["type"] == "snapshot";
        let shown = frame["data"]["orders"].as_array().cloned().unwrap_or_default();
        let one = Some(&frame["data"]["order"]).filter(|order| order.is_object());
        for order in shown.iter().chain(one) {
            self.screen.seen.push(Seen {
                order_id: order["id"].as_str().unwrap().to_owned(),
                version: order["version"].as_i64().unwrap(),
                branch: order["branch_id"].as_str().unwrap().to_owned(),
                snapshot,
            });
        }
    }
}

fn one(pizza: &str) -> Value {
    json!({ "items": [{ "pizza_name": pizza, "quantity": 1 }], "is_pickup": true })
}

fn bodies() -> Vec<(&'static str, Value)> {
    let product = |number: u32| format!("01900000-0000-7000-8000-0000000{number:05}");
    let in_hours = |hours| (now() + TimeDelta::hours(hours)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let later = |hours| {
        json!({ "preferred_time": in_hours(hours), "is_pickup": true,
        "lines": [{ "quantity": 3, "product": { "product_id": product(40_002) } }] })
    };
    vec![
        ("plain", one("Маргарита")),
        (
            "delivery",
            json!({ "items": [{ "pizza_name": "Диабло", "quantity": 1, "extras": ["Халапеньо", "Бекон"],
                                "exclude_ingredients": [] },
                              { "pizza_name": "Морс", "quantity": 2 }],
                    "customer_phone": "+79123456789", "delivery_address": "Тверская, 1",
                    "zone_id": product(70_002) }),
        ),
        (
            "halves",
            json!({ "is_pickup": true, "lines": [{ "quantity": 2, "halves": {
                "left_product_id": product(40_001), "right_product_id": product(40_008),
                "extras": [{ "extra_id": product(30_001), "count": 1, "side": "left" },
                           { "extra_id": product(30_005), "count": 2 }] } }] }),
        ),
        (
            "set",
            json!({ "is_pickup": true, "lines": [
                { "quantity": 2, "set": { "set_id": product(50_002), "choices": [
                    { "group_id": product(60_001), "product_ids": [product(40_005), product(40_001)] }] } },
                { "quantity": 1, "set": { "set_id": product(50_003) } }] }),
        ),
        ("cancelled", one("Пепперони")),
        // above the limit of a slot: has one of its own
        (
            "large",
            json!({ "is_pickup": true, "lines": [{ "quantity": 30, "product": { "product_id": product(40_005) } }] }),
        ),
        ("soon", later(2)),
        ("later", later(5)),
        (
            "far",
            json!({ "branch_id": BRANCH_NOVOSIBIRSK, "is_pickup": true, "preferred_time": in_hours(30),
                        "items": [{ "pizza_name": "Мясная", "quantity": 1 }] }),
        ),
    ]
}

fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}
