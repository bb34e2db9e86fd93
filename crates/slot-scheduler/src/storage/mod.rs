//! Rows in PostgreSQL, which last, and loads in Redis, which are fast.

pub mod audit; // who changed what
pub mod book; // branches, their grids and settings: read and changed as a whole
pub mod lock; // who may touch what Redis remembers
pub mod numbers; // display numbers that are skipped after a loss
pub mod overrides; // what people set for a single slot
pub mod positions; // how far the log has been read
pub mod redis; // loads, holds, idempotency
pub mod reservations; // orders of the log

mod hours;
mod reservation;
mod rows;
mod schema;

pub use book::{Branch, BranchBook};
pub use overrides::Override;
pub use reservation::Reservation;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};

/// Everything the schema `slots` has gone through.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/slots");

/// The schema of this service.
pub const SCHEMA: &str = "slots";
