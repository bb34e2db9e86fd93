//! Where PostgreSQL is, and which part of it is ours.

use std::time::Duration;

use anyhow::ensure;
use chassis::settings::{self, Variable};
use secrecy::SecretString;
use serde::Deserialize;

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

#[derive(Deserialize)]
struct Environment {
    database_url: SecretString,
    database_pool_size: usize,
}

impl StoreSettings {
    /// What [`StoreSettings::from_env`] reads.
    pub const VARIABLES: &[Variable] = &[
        Variable::new("DATABASE_URL", "", "PostgreSQL, where the service has a schema of its own (required)"),
        Variable::new("DATABASE_POOL_SIZE", "8", "connections to PostgreSQL at most"),
    ];

    /// Reads the environment.
    pub fn from_env(schema: &'static str, application: &'static str) -> anyhow::Result<Self> {
        let said: Environment = settings::read(Self::VARIABLES)?;
        ensure!(said.database_pool_size > 0, "DATABASE_POOL_SIZE must be above 0");
        Ok(Self { application, pool_size: said.database_pool_size, ..Self::new(said.database_url, schema) })
    }

    /// The usual limits.
    pub const fn new(url: SecretString, schema: &'static str) -> Self {
        let statement_timeout = Duration::from_secs(5);
        Self { url, schema, application: schema, pool_size: 8, statement_timeout }
    }
}
