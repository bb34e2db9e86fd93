//! Use cases: placing an order, looking at one, watching one.

mod commit; // from the slot to the acknowledgement, in one piece
mod error; // what can go wrong
mod menu; // the menu in force
mod place; // placing an order
pub mod ports; // what the use cases need of others
mod track; // looking at an order
mod watch; // watching an order
mod watchers; // how many watch one order
mod work; // what is finished whatever its caller does

use std::sync::Arc;

use chassis::{Clock, IdSource};
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

pub use commit::Placed;
pub use error::{OrderError, PlaceError};
pub use menu::CurrentMenu;
pub use place::Placement;
use ports::{OrderLog, Orders, Slots};
use watchers::Watchers;
use work::Work;

/// Everything the use cases stand on.
pub struct App {
    /// The menu in force.
    pub menu: Arc<CurrentMenu>,
    ports: Arc<Ports>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    placing: Arc<Semaphore>,
    watching: Arc<Semaphore>,
    watchers: Watchers,
    hints: broadcast::Sender<String>,
    work: Work,
    stop: CancellationToken,
}

/// The outside, as the use cases see it.
pub struct Ports {
    /// Kitchen time.
    pub slots: Arc<dyn Slots>,
    /// The order log.
    pub log: Arc<dyn OrderLog>,
    /// The order book.
    pub orders: Arc<dyn Orders>,
}

/// How much may be done at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Orders in placement.
    pub placing: usize,
    /// Orders watched.
    pub watching: usize,
}

impl App {
    /// The use cases over `ports`. Call it inside the service's runtime.
    pub fn new(
        ports: Ports,
        menu: Arc<CurrentMenu>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        limits: Limits,
        stop: CancellationToken,
    ) -> Self {
        Self {
            menu,
            ports: Arc::new(ports),
            clock,
            ids,
            placing: Arc::new(Semaphore::new(limits.placing)),
            watching: Arc::new(Semaphore::new(limits.watching)),
            watchers: Watchers::default(),
            hints: broadcast::channel(1024).0,
            work: Work::here(),
            stop,
        }
    }

    /// Where hints go that some order has changed: any text that holds its id.
    pub fn hints(&self) -> broadcast::Sender<String> {
        self.hints.clone()
    }

    /// Waits until every placement that was begun has ended.
    pub async fn finish(&self) {
        self.work.wait().await;
    }
}
