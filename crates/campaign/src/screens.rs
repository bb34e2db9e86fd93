//! Tablets and dashboards that come back after every loss, resume, and note what they were shown.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chassis::{Clock as _, SystemClock};
use serde_json::{Value, json};
use testkit::{BRANCH_MAIN, BRANCH_NOVOSIBIRSK, System, Tablet};
use tokio::time::{Instant, sleep};
use tokio_util::sync::{CancellationToken, DropGuard};
use verify::{Screen, Seen};

const COME_BACK: Duration = Duration::from_millis(200);
/// The server pings more often than this: a silent socket is a dead one.
const SILENCE: Duration = Duration::from_secs(45);

/// A screen somebody looks at.
#[derive(Debug)]
pub struct Watched {
    noted: Arc<Mutex<Noted>>,
    _stop: DropGuard,
}

#[derive(Debug)]
struct Noted {
    screen: Screen,
    sockets: u32,
    snapshots: u32,
}

/// Where a screen hangs.
struct Place {
    url: String,
    token: String,
}

/// The office's dashboard and the kitchen's tablet of two branches.
pub fn usual(system: &System) -> Vec<Watched> {
    let mut screens = Vec::new();
    for (city, branch) in [("Moscow", BRANCH_MAIN), ("Novosibirsk", BRANCH_NOVOSIBIRSK)] {
        let token = |role| system.keys.token(role, branch);
        let dashboard = (system.dashboard_url(), token("manager"), true);
        let tablet = (system.tablet_url(), token("cook"), false);
        for (kind, (url, token, hidden_too)) in [("dashboard", dashboard), ("tablet", tablet)] {
            let name = format!("the {kind} in {city}");
            screens.push(Watched::start(&name, &[branch], hidden_too, url, token));
        }
    }
    screens
}

impl Watched {
    /// Hangs a screen up; `hidden_too` is what [`Screen::hidden_too`] says.
    pub fn start(name: &str, branches: &[&str], hidden_too: bool, url: String, token: String) -> Self {
        let screen = Screen {
            name: name.to_owned(),
            branches: branches.iter().map(ToString::to_string).collect(),
            hidden_too,
            since: SystemClock.now(),
            seen: Vec::new(),
        };
        let noted = Arc::new(Mutex::new(Noted { screen, sockets: 0, snapshots: 0 }));
        let stop = CancellationToken::new();
        tokio::spawn(look(Place { url, token }, Arc::clone(&noted), stop.clone()));
        Self { noted, _stop: stop.drop_guard() }
    }

    /// What it was shown so far.
    pub fn screen(&self) -> Screen {
        self.noted.lock().unwrap().screen.clone()
    }

    /// How many sockets it has used, and how many of them began with a snapshot.
    pub fn sockets(&self) -> (u32, u32) {
        let noted = self.noted.lock().unwrap();
        (noted.sockets, noted.snapshots)
    }
}

async fn look(place: Place, noted: Arc<Mutex<Noted>>, stop: CancellationToken) {
    let mut seqs = Vec::new();
    while !stop.is_cancelled() {
        use_socket(&place, &mut seqs, &noted, &stop).await;
        sleep(COME_BACK).await;
    }
}

/// One socket, until it breaks.
async fn use_socket(place: &Place, seqs: &mut Vec<String>, noted: &Mutex<Noted>, stop: &CancellationToken) {
    let connecting = Tablet::try_connect(&place.url, &place.token);
    let Ok(Some(mut socket)) = tokio::time::timeout(SILENCE, connecting).await else { return };
    noted.lock().unwrap().sockets += 1;
    if !seqs.is_empty() && !socket.try_send("resume", json!({ "seqs": seqs })).await {
        return;
    }
    let mut heard = Instant::now();
    while !stop.is_cancelled() && heard.elapsed() < SILENCE {
        let began = Instant::now();
        match socket.try_any(Duration::from_secs(1)).await {
            Some(frame) => {
                heard = Instant::now();
                note(&frame, noted);
                *seqs = socket.seqs();
            }
            // answered at once: the socket is closed
            None if began.elapsed() < Duration::from_millis(500) => return,
            None => {}
        }
    }
}

fn note(frame: &Value, noted: &Mutex<Noted>) {
    let mut noted = noted.lock().unwrap();
    match frame["type"].as_str() {
        Some("order:created" | "order:status:changed") => {
            noted.screen.seen.extend(seen(&frame["data"]["order"], false));
        }
        // A resume may come too late for the server's patience or its history: then a snapshot begins anew.
        Some("snapshot") => {
            noted.snapshots += 1;
            let at = frame["at"].as_str().and_then(|text| text.parse().ok());
            noted.screen.since = at.unwrap_or_else(|| SystemClock.now());
            let orders = frame["data"]["orders"].as_array().into_iter().flatten();
            let shown: Vec<_> = orders.filter_map(|order| seen(order, true)).collect();
            noted.screen.seen.extend(shown);
        }
        _ => {}
    }
}

fn seen(order: &Value, snapshot: bool) -> Option<Seen> {
    Some(Seen {
        order_id: order["id"].as_str()?.to_owned(),
        version: order["version"].as_i64()?,
        branch: order["branch_id"].as_str()?.to_owned(),
        snapshot,
    })
}
