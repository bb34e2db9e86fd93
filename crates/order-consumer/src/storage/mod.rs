//! What lasts (PostgreSQL: orders, items, history, keys) and what is fast (Redis: hot copies of live orders).

pub mod history;
pub mod hot;
pub mod items;
pub mod keys;
mod new_order;
mod order;
pub mod orders;
mod schema;

/// What a failed query says; a use case's error takes it in, so that it can end a transaction.
pub use diesel::result::Error as QueryError;
/// Brings `transaction` to connections: use cases say what belongs together.
pub use diesel_async::AsyncConnection as Transactional;
use diesel_migrations::EmbeddedMigrations;
pub use new_order::NewOrder;
pub use order::Order;

/// The tables of this service.
pub const MIGRATIONS: EmbeddedMigrations = diesel_migrations::embed_migrations!("../../migrations/orders");
