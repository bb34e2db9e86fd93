//! A bounded pool in which every wait has an end.

use std::time::Duration;

use chassis::Check;
use deadpool::Runtime;
use deadpool::managed::Timeouts;
use diesel_async::pooled_connection::deadpool::{Object, Pool as Connections};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use futures_util::FutureExt as _;
use secrecy::ExposeSecret as _;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::connection::{establish, set_up};
use crate::error::StoreError;
use crate::settings::StoreSettings;

/// A connection on loan from the pool.
pub type Conn = Object<AsyncPgConnection>;

/// The connections of a service; clones share them.
#[derive(Clone)]
pub struct Pool {
    inner: Connections<AsyncPgConnection>,
}

const PATIENCE: Duration = Duration::from_secs(2);
const PROBE_EVERY: Duration = Duration::from_secs(3);

impl Pool {
    /// A pool without connections so far: PostgreSQL need not be there.
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        let words = set_up(settings);
        let mut config = ManagerConfig::default();
        // a look at the socket and the transaction, no round trip
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new(move |url| {
            let (url, words) = (url.to_owned(), words.clone());
            async move { establish(&url, words).await }.boxed()
        });
        let manager = AsyncDieselConnectionManager::new_with_config(settings.url.expose_secret(), config);
        let inner = Connections::builder(manager)
            .max_size(settings.pool_size)
            .timeouts(Timeouts { wait: Some(PATIENCE), create: Some(PATIENCE), recycle: Some(PATIENCE) })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| StoreError::Pool(Box::new(error)))?;
        Ok(Self { inner })
    }

    /// A connection, within two seconds or not at all.
    pub async fn get(&self) -> Result<Conn, StoreError> {
        self.inner.get().await.map_err(|error| StoreError::Pool(Box::new(error)))
    }

    /// Whether PostgreSQL answers, within two seconds on a connection that is there.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut conn = self.get().await?;
        // a server that is frozen acknowledges what it is sent: neither TCP nor its own time limits end the wait
        match timeout(PATIENCE, conn.batch_execute("SELECT 1")).await {
            Ok(answered) => Ok(answered?),
            Err(elapsed) => {
                // nobody else is to wait behind this question
                drop(Object::take(conn));
                Err(StoreError::Pool(Box::new(elapsed)))
            }
        }
    }

    /// Reports to `check` whether PostgreSQL answers, until `stop`.
    pub async fn watch(&self, check: Check, stop: CancellationToken) -> anyhow::Result<()> {
        loop {
            match self.ping().await {
                Ok(()) => check.up(),
                Err(error) => check.down(error.to_string()),
            }
            self.measure();
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(PROBE_EVERY) => {}
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a pool has less than 2^52 connections")]
    fn measure(&self) {
        let status = self.inner.status();
        metrics::gauge!("store_connections").set(status.size as f64);
        metrics::gauge!("store_connections_idle").set(status.available as f64);
        metrics::gauge!("store_connections_waited_for").set(status.waiting as f64);
    }
}
