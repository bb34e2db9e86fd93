//! Nothing acknowledged is lost: services and the broker are killed under load, and a client's journal is compared
//! with what is stored and with what a screen was shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{BRANCH_MAIN, System, Tablet, eventually};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::customers::{Customer, pizza, put};
use crate::facts::{keys_and_their_orders, loads_in_postgres, loads_in_redis, stored_orders};

const ORDERS_PER_SECOND: u64 = 100;
const KILLS: usize = 20;
/// A customer repeats through every kill: nobody is left without an answer.
const PATIENCE: Duration = Duration::from_mins(7);
/// Customers that wait for an answer at once; while the system is down no more come.
const CUSTOMERS: usize = 300;
const SETTLED: Duration = Duration::from_mins(2);

/// Key of each request, and the order id it was acknowledged with.
type Journal = Arc<Mutex<BTreeMap<String, String>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_order_is_lost_or_doubled_by_20_kills_under_100_orders_a_second() {
    let mut system = System::alone_with_own_broker().await;
    let manager = system.keys.token("manager", BRANCH_MAIN);
    let config = json!({ "branch_id": BRANCH_MAIN, "limit_roubles": 1_000_000 });
    let (status, body) = put(&system, "/api/v1/erp/slots/config", &manager, &config).await;
    assert_eq!(status, 200, "{body}");
    let watched = Watched::start(system.dashboard_url(), manager);
    let (journal, stop) = (Journal::default(), CancellationToken::new());
    let load = tokio::spawn(order_without_pause(Customer::of(&system), Arc::clone(&journal), stop.clone()));

    let victims = ["order-gateway", "order-consumer", "slot-scheduler", "kafka"];
    for (kill, victim) in victims.into_iter().cycle().take(KILLS).enumerate() {
        // Odd pauses, so that kills meet every step of an order's way.
        sleep(Duration::from_millis(700 + 37 * kill as u64)).await;
        if victim == "kafka" {
            system.broker.as_mut().unwrap().kill();
            system.broker.as_mut().unwrap().resume().await;
        } else {
            system.kill(victim);
            sleep(Duration::from_millis(11 * kill as u64)).await;
            system.resume(victim);
        }
    }
    sleep(Duration::from_secs(1)).await;
    stop.cancel();
    load.await.unwrap();

    let acknowledged: BTreeSet<_> = journal.lock().unwrap().values().cloned().collect();
    assert_eq!(acknowledged.len(), journal.lock().unwrap().len(), "two keys were told of one order");
    assert!(acknowledged.len() > 1_000, "only {} orders", acknowledged.len());
    eventually("every acknowledged order is stored", SETTLED, async || {
        stored_orders(&system).await.is_superset(&acknowledged)
    })
    .await;
    let (orders, keys) = keys_and_their_orders(&system).await;
    assert_eq!(orders, keys, "a key has two orders");
    let stored = stored_orders(&system).await;
    assert_eq!(stored.len(), usize::try_from(orders).unwrap());
    eventually("a screen was shown every stored order", SETTLED, async || watched.ids() == stored).await;
    assert_eq!(watched.twice(), BTreeSet::new(), "a frame came twice");
    eventually("loads are the sums of live reservations", SETTLED, async || {
        loads_in_postgres(&system).await == loads_in_redis(&system).await
    })
    .await;
    println!(
        "{KILLS} kills, {} acknowledged, {} stored, 0 lost, 0 doubled",
        acknowledged.len(),
        stored.len()
    );
}

/// Starts an order every 10 ms, each with a key of its own, and notes what each was told.
async fn order_without_pause(customer: Customer, journal: Journal, stop: CancellationToken) {
    let mut orders = JoinSet::new();
    let mut clock = interval(Duration::from_millis(1_000 / ORDERS_PER_SECOND));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let room = Arc::new(Semaphore::new(CUSTOMERS));
    for number in 0.. {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = clock.tick() => {}
        }
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { break };
        let (customer, journal) = (customer.clone(), Arc::clone(&journal));
        orders.spawn(async move {
            let _place = place;
            let key = format!("kill-{number}");
            let answer = customer.place(&key, pizza("Маргарита", 1), PATIENCE).await;
            journal.lock().unwrap().insert(key, answer.order_id);
        });
    }
    orders.join_all().await;
}

/// A dashboard that comes back and resumes after every loss, and notes what it was shown.
struct Watched {
    shown: Arc<Mutex<Shown>>,
    _stop: DropGuard,
}

#[derive(Default)]
struct Shown {
    /// How often each order appeared as a frame.
    appeared: BTreeMap<String, u32>,
    /// Orders that were in a snapshot.
    in_snapshots: BTreeSet<String>,
}

impl Watched {
    fn start(url: String, token: String) -> Self {
        let (shown, stop) = (Arc::<Mutex<Shown>>::default(), CancellationToken::new());
        let (noted, ended) = (Arc::clone(&shown), stop.clone());
        tokio::spawn(async move {
            let mut seqs = Vec::new();
            while !ended.is_cancelled() {
                watch(&url, &token, &mut seqs, &noted, &ended).await;
                sleep(Duration::from_millis(200)).await;
            }
        });
        Self { shown, _stop: stop.drop_guard() }
    }

    fn ids(&self) -> BTreeSet<String> {
        let shown = self.shown.lock().unwrap();
        shown.appeared.keys().chain(&shown.in_snapshots).cloned().collect()
    }

    fn twice(&self) -> BTreeSet<String> {
        let shown = self.shown.lock().unwrap();
        shown.appeared.iter().filter(|(_, times)| **times > 1).map(|(id, _)| id.clone()).collect()
    }
}

async fn watch(
    url: &str,
    token: &str,
    seqs: &mut Vec<String>,
    shown: &Mutex<Shown>,
    ended: &CancellationToken,
) {
    let Some(mut screen) = Tablet::try_connect(url, token).await else { return };
    if !seqs.is_empty() {
        screen.send("resume", json!({ "seqs": seqs })).await;
    }
    let silence = Duration::from_secs(10);
    let mut heard = Instant::now();
    while !ended.is_cancelled() && heard.elapsed() < silence {
        let Some(frame) = screen.try_next(Duration::from_secs(1)).await else { continue };
        heard = Instant::now();
        let id = |order: &Value| order["id"].as_str().unwrap().to_owned();
        match frame["type"].as_str() {
            Some("order:created") => {
                let id = id(&frame["data"]["order"]);
                *shown.lock().unwrap().appeared.entry(id).or_default() += 1;
            }
            // On a busy machine the resume may come after the server's patience: then a snapshot comes first.
            Some("snapshot") => {
                let orders = frame["data"]["orders"].as_array().unwrap();
                shown.lock().unwrap().in_snapshots.extend(orders.iter().map(id));
            }
            _ => {}
        }
        *seqs = screen.seqs();
    }
}
