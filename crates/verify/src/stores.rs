//! Where the stores are, and connections that only look.

use std::time::Duration;

use anyhow::Context as _;
use bus::BusSettings;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};
use redis::aio::ConnectionManager;

/// How long a store may take to answer one question.
const PATIENCE: Duration = Duration::from_secs(10);

/// The stores of one deployment.
#[derive(Clone, Debug)]
pub struct Stores {
    /// PostgreSQL, with the schemas `orders`, `slots` and, where there is one, `menu`.
    pub database_url: String,
    /// Redis.
    pub redis_url: String,
    /// `host:port` of Kafka brokers, separated by commas.
    pub brokers: String,
    /// What the names of topics and groups begin with.
    pub topic_prefix: String,
}

impl Stores {
    /// A connection inside a transaction that sees one moment and cannot write. It is given up by dropping it.
    pub(crate) async fn postgres(&self) -> anyhow::Result<AsyncPgConnection> {
        let connecting = AsyncPgConnection::establish(&self.database_url);
        let mut conn = tokio::time::timeout(PATIENCE, connecting)
            .await
            .context("PostgreSQL is silent")?
            .context("PostgreSQL does not take a connection")?;
        conn.batch_execute(
            "SET application_name TO 'verify'; SET statement_timeout TO '60s'; \
             BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
        )
        .await
        .context("beginning a transaction that only reads")?;
        Ok(conn)
    }

    /// A connection to Redis.
    pub(crate) async fn redis(&self) -> anyhow::Result<ConnectionManager> {
        let client = redis::Client::open(self.redis_url.as_str()).context("reading the address of Redis")?;
        let config = redis::aio::ConnectionManagerConfig::new()
            .set_response_timeout(Some(PATIENCE))
            .set_connection_timeout(Some(PATIENCE))
            .set_number_of_retries(2);
        ConnectionManager::new_with_config(client, config).await.context("Redis does not take a connection")
    }

    /// What clients of the broker are told.
    pub(crate) fn bus(&self) -> BusSettings {
        BusSettings { topic_prefix: self.topic_prefix.clone(), ..BusSettings::new(&self.brokers, "verify") }
    }
}
