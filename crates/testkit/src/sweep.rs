//! Takes away what tests have left behind: databases and topics stay after a test, for whoever wants to look at a
//! failure, but not for ever.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bus::BusSettings;
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};

/// No test takes as long as this.
const OLD: Duration = Duration::from_mins(30);
/// A run takes a few away and the next one goes on, so that no test waits for it.
const DATABASES_AT_ONCE: usize = 20;
const TOPICS_AT_ONCE: usize = 200;

static DATABASES_SWEPT: AtomicBool = AtomicBool::new(false);
static TOPICS_SWEPT: AtomicBool = AtomicBool::new(false);

#[derive(QueryableByName)]
struct Database {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Drops old databases, once per test binary.
pub async fn databases(admin: &mut AsyncPgConnection) {
    if DATABASES_SWEPT.swap(true, Ordering::Relaxed) {
        return;
    }
    let query =
        "SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'test\\_%' ORDER BY datname";
    let all: Vec<Database> = diesel::sql_query(query).load(admin).await.unwrap();
    let old = all.iter().filter(|found| found.name.strip_prefix("test_").is_some_and(is_old));
    for Database { name } in old.take(DATABASES_AT_ONCE) {
        // another test binary may be quicker, or somebody is looking into it
        let _ = diesel::sql_query(format!("DROP DATABASE IF EXISTS {name}")).execute(admin).await;
    }
}

/// Removes old topics, once per test binary.
pub async fn topics(settings: &BusSettings) {
    if TOPICS_SWEPT.swap(true, Ordering::Relaxed) {
        return;
    }
    let is_meant = |name: &str| name.strip_prefix('t').is_some_and(is_old);
    // a broker that does not answer is noticed by the test itself
    let _ = bus::remove_topics(settings, TOPICS_AT_ONCE, is_meant).await;
}

/// Whether a name made by [`crate::database::unique`] is older than any test that still runs.
fn is_old(name: &str) -> bool {
    let Some((made, _)) = name.split_once('_') else { return false };
    let Ok(made) = u64::from_str_radix(made, 16) else { return false };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.saturating_sub(Duration::from_micros(made)) > OLD
}
