//! The one connection of a process.

use std::time::Duration;

use chassis::health::Check;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use serde::{Serialize, de::DeserializeOwned};
use tokio_util::sync::CancellationToken;

use crate::CacheError;

/// How long a command may take; after it the command is in doubt.
const RESPONSE_DEADLINE: Duration = Duration::from_millis(500);
const CONNECT_DEADLINE: Duration = Duration::from_secs(1);

/// Commands on their way at once. The library's 50 would make callers wait for each other.
const PIPELINE: usize = 1024;

/// How often the health check asks.
const HEALTH_EVERY: Duration = Duration::from_secs(1);

/// A handle on Redis; clones share one connection.
#[derive(Clone)]
pub struct Cache {
    client: redis::Client,
    connection: ConnectionManager,
}

impl Cache {
    /// Reads the address. Connects when the first command is sent, so a service starts without Redis.
    pub fn open(url: &str) -> Result<Self, CacheError> {
        let client = redis::Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(RESPONSE_DEADLINE))
            .set_connection_timeout(Some(CONNECT_DEADLINE))
            .set_number_of_retries(1)
            .set_min_delay(Duration::from_millis(50))
            .set_max_delay(Duration::from_millis(500))
            .set_pipeline_buffer_size(PIPELINE);
        let connection = ConnectionManager::new_lazy_with_config(client.clone(), config)?;
        Ok(Self { client, connection })
    }

    /// The connection, for commands, pipelines and scripts. Cheap.
    pub fn conn(&self) -> ConnectionManager {
        self.connection.clone()
    }

    /// Whether Redis answers.
    pub async fn ping(&self) -> Result<(), CacheError> {
        redis::cmd("PING").exec_async(&mut self.conn()).await?;
        Ok(())
    }

    /// Names this life of the server (`run_id` of `INFO server`). One that was started again, or a replica in its
    /// place, has another: it may have come back with less than it had acknowledged.
    pub async fn life(&self) -> Result<String, CacheError> {
        let info: redis::InfoDict = redis::cmd("INFO").arg("server").query_async(&mut self.conn()).await?;
        let life = info.get("run_id");
        Ok(life
            .ok_or((redis::ErrorKind::UnexpectedReturnType, "INFO server names no run_id"))
            .map_err(redis::RedisError::from)?)
    }

    /// The JSON value under a key.
    pub async fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, CacheError> {
        let text: Option<String> = redis::cmd("GET").arg(key).query_async(&mut self.conn()).await?;
        let read = text.map(|text| serde_json::from_str(&text)).transpose();
        read.map_err(|source| CacheError::Unreadable { key: key.to_owned(), source })
    }

    /// Writes a JSON value that stays until it is replaced.
    pub async fn set_json<T: Serialize + Sync>(&self, key: &str, value: &T) -> Result<(), CacheError> {
        let text = serde_json::to_string(value)
            .map_err(|source| CacheError::Unreadable { key: key.to_owned(), source })?;
        redis::cmd("SET").arg(key).arg(text).exec_async(&mut self.conn()).await?;
        Ok(())
    }

    /// Tells whoever listens to a channel now; nobody may rely on it.
    pub async fn publish(&self, channel: &str, payload: &str) -> Result<(), CacheError> {
        redis::cmd("PUBLISH").arg(channel).arg(payload).exec_async(&mut self.conn()).await?;
        Ok(())
    }

    pub(crate) const fn client(&self) -> &redis::Client {
        &self.client
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cache")
    }
}

/// Keeps a health check true until `stop`: asks Redis every second.
pub async fn watch(cache: Cache, health: Check, stop: CancellationToken) -> anyhow::Result<()> {
    let mut every = tokio::time::interval(HEALTH_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            _ = every.tick() => {}
        }
        match cache.ping().await {
            Ok(()) => health.up(),
            Err(CacheError::Down(error)) => health.down(error.to_string()),
            Err(error) => health.down(error.to_string()),
        }
    }
}
