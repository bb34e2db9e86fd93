//! Where PostgreSQL is, and which part of it is ours.

use std::time::Duration;

use secrecy::SecretString;

/// How a service reaches its schema.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// `postgres://` or `postgresql://`, with the password in it.
    pub url: SecretString,
    /// The schema that belongs to the service; every connection sees it alone.
    pub schema: &'static str,
    /// How the service is called in PostgreSQL's log.
    pub application: &'static str,
    /// Most connections of the pool.
    pub pool_size: usize,
    /// How long a query may run.
    pub statement_timeout: Duration,
}

impl StoreSettings {
    /// The usual limits.
    pub const fn new(url: SecretString, schema: &'static str) -> Self {
        let statement_timeout = Duration::from_secs(5);
        Self { url, schema, application: schema, pool_size: 8, statement_timeout }
    }
}
