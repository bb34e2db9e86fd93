//! Everything the snapshot is made of, as it is at one moment.

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use domain::menu::{Category, Extra, Price, Product, Set};
use store::StoreError;

use super::stops::StopEntry;
use super::terms::BranchRecord;
use super::{categories, extras, prices, products, sets, stops, terms};

/// A price that was replaced stays in the snapshot this long: a reader's clock may be behind ours.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(10);

/// What is not archived, in the order of ids.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// Where things are sold.
    pub branches: Vec<BranchRecord>,
    /// Sections of the menu.
    pub categories: Vec<Category>,
    /// What is sold.
    pub products: Vec<Product>,
    /// What is added to it.
    pub extras: Vec<Extra>,
    /// What is sold together.
    pub sets: Vec<Set>,
    /// Prices in force, lately replaced, and to come.
    pub prices: Vec<Price>,
    /// Stop entries that hold.
    pub stops: Vec<StopEntry>,
}

/// Reads it all; inside a REPEATABLE READ transaction it is one moment's state.
pub async fn load(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> Result<Content, StoreError> {
    Ok(Content {
        branches: terms::all(conn).await?,
        categories: categories::all(conn).await?,
        products: products::all(conn).await?,
        extras: extras::all(conn).await?,
        sets: sets::all(conn).await?,
        prices: prices::since(conn, now - CLOCK_SKEW).await?,
        stops: stops::holding(conn, now).await?,
    })
}
