//! The use cases, one verb a file: load, decide (in `domain`), save.

mod actor; // who asks, and what it may see
mod cancel; // ends an order that will not be made
mod carry; // items that follow their order
mod change; // what every command on an order has in common
mod change_status; // moves an order to another status
pub mod error; // what can go wrong
pub mod event; // what others are told
mod export; // every live order, for stream servers
mod fill; // hot copies from what PostgreSQL knows
mod find; // one order
mod keep; // what the tables need from time to time
mod list; // live orders, in pages
mod mark_processed; // the kitchen is done
mod persist; // accepted orders become stored ones
mod show; // hidden orders whose time has come

use std::sync::Arc;

use chassis::Clock;
use store::Pool;

pub use actor::{Actor, Seen};
pub use cancel::Cancel;
pub use change::{Changed, Command, Repeat};
pub use change_status::ChangeStatus;
pub use error::OrderError;
pub use fill::FillError;
pub use list::{Batch, Cursor, List, Page};
pub use mark_processed::MarkProcessed;
pub use persist::{Duplicate, Persisted};

/// Every use case of the order book.
pub struct App {
    pool: Pool,
    clock: Arc<dyn Clock>,
}

impl App {
    /// The use cases over one database.
    pub const fn new(pool: Pool, clock: Arc<dyn Clock>) -> Self {
        Self { pool, clock }
    }
}
