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
pub mod relay;
mod settings;

pub use connection::connect;
pub use diesel_async::AsyncPgConnection as Connection;
pub use error::StoreError;
pub use pool::{Conn, Pool};
pub use settings::StoreSettings;
