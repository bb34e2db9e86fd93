//! Use cases: one file per verb.

use std::sync::Arc;
use std::sync::{Mutex, PoisonError};

use cache::Cache;
use chassis::{Clock, IdSource};
use chrono::{DateTime, Utc};
use domain::ids::StopId;
use store::Pool;
use tokio::sync::Notify;

pub mod add_price; // a price from a time on
pub mod change; // what every change has in common
pub mod error; // everything that can go wrong
mod follow; // take over newer revisions
mod forget; // drop what nobody asks for any more
pub mod list; // what is kept, page by page
pub mod live; // the snapshot in force
mod presence; // whether something is on the menu
pub mod put_category;
pub mod put_extra;
pub mod put_product;
pub mod put_set;
pub mod put_terms;
pub mod rebuild; // build the snapshot anew
pub mod set_stop; // take something off sale, put it on again
mod shelve; // put the snapshot into Redis
mod snapshot; // content as a snapshot
pub mod status; // revision, age, last error
mod view; // the menu of one branch
mod wire; // the menu as messages

pub use error::MenuError;

use self::live::Live;
use self::status::Trouble;

/// What the use cases work with.
pub struct App {
    pool: Pool,
    cache: Cache,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    live: Live,
    changed: Notify,
    trouble: Mutex<Option<Trouble>>,
}

impl App {
    /// Opens nothing; without a snapshot until [`App::follow`] or [`App::rebuild`] has found one.
    pub fn new(pool: Pool, cache: Cache, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        let (live, changed, trouble) = (Live::default(), Notify::new(), Mutex::default());
        Self { pool, cache, clock, ids, live, changed, trouble }
    }

    /// The snapshot in force.
    pub const fn live(&self) -> &Live {
        &self.live
    }

    /// Waits until something was changed that the snapshot does not know yet.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// An id for a new stop entry.
    pub fn new_stop_id(&self) -> StopId {
        StopId::from_uuid(self.ids.new_v7(self.now()))
    }

    fn note_trouble(&self, error: &MenuError) {
        let trouble = Trouble { text: error.to_string(), at: self.now() };
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(trouble);
    }
}
