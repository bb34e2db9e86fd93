//! Rows and the functions that read and write them: one file per noun, the only place that knows diesel.

use std::fmt::Display;

use domain::Money;
use store::StoreError;
use uuid::Uuid;

pub mod audit; // who changed what
pub mod categories;
pub mod content; // everything a snapshot is made of
pub mod extras;
pub mod names; // who holds which name
pub mod prices;
pub mod products;
pub mod revisions; // snapshots that were built
mod schema;
pub mod sets;
pub mod shelf; // the newest snapshot in Redis
pub mod stops;
pub mod terms; // branches and their commercial terms
pub mod transaction; // all or nothing

/// The migrations of this service's schema.
pub const MIGRATIONS: diesel_migrations::EmbeddedMigrations =
    diesel_migrations::embed_migrations!("../../migrations/menu");

/// A thing as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept<T> {
    /// The thing.
    pub value: T,
    /// Grows by 1 with every change.
    pub version: i64,
    /// Taken off the menu for good; only its name stays taken.
    pub archived: bool,
}

/// Which part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// After this id; absent: from the first one on.
    pub after: Option<Uuid>,
    /// At most so many.
    pub limit: i64,
}

fn money(table: &'static str, row: impl Display, kopecks: i64) -> Result<Money, StoreError> {
    Money::try_from(kopecks).map_err(|fault| StoreError::corrupt(table, row, fault))
}

/// Numbers of the menu are far below what a column holds: limits are checked at the edge.
fn narrow(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Columns hold no negative numbers: they are checked by the tables.
fn widen(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

/// The place in a list.
fn place(at: usize) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX)
}
