//! PostgreSQL manners: pool, errors, migrations, and the tables every service has alike.
//!
//! The SQL of `outbox`, `inbox` and `commands` lies in `sql/`; a service copies what it needs into its first
//! migration.

pub mod commands;
mod connection;
mod error;
pub mod inbox;
pub mod lock;
pub mod migrate;
pub mod outbox;
pub mod partitions;
mod pool;
mod prepared;
pub mod relay;
mod settings;

pub use connection::connect;
/// What a failed query says; a use case's error takes it in, so that it can end a transaction.
pub use diesel::result::Error as QueryError;
/// Brings `transaction` to connections: use cases say what belongs together, and diesel stays in storage.
pub use diesel_async::AsyncConnection as Transactional;
pub use diesel_async::AsyncPgConnection as Connection;
pub use error::StoreError;
pub use pool::{Conn, Pool};
pub use prepared::{Prepared, prepared};
pub use settings::StoreSettings;
