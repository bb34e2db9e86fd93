//! What lasts (PostgreSQL: orders, items, history, keys, duplicates) and what is fast (Redis: hot copies of live orders).

pub mod duplicates;
mod epoch;
mod gaps;
pub mod history;
pub mod hot;
pub mod items;
pub mod keys;
mod new_order;
mod order;
pub mod orders;
mod schema;

use diesel_migrations::EmbeddedMigrations;
pub use new_order::NewOrder;
pub use order::Order;

/// The tables of this service.
pub const MIGRATIONS: EmbeddedMigrations = diesel_migrations::embed_migrations!("../../migrations/orders");
