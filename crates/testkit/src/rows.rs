//! Rows of one column, for whoever reads the database past the services.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};

/// A row with a column `text`.
#[derive(Debug, QueryableByName)]
pub struct Line {
    /// What it says.
    #[diesel(sql_type = Text)]
    pub text: String,
}

/// A row with a column `count`.
#[derive(Debug, QueryableByName)]
pub struct Count {
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}
