//! One connection, set up as every connection of a service is.

use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};
use secrecy::ExposeSecret as _;

use crate::error::StoreError;
use crate::settings::StoreSettings;

const CONNECT_PATIENCE: Duration = Duration::from_secs(3);

/// A connection outside of the pool, for what holds locks or listens.
pub async fn connect(settings: &StoreSettings) -> Result<AsyncPgConnection, StoreError> {
    let connecting = establish(settings.url.expose_secret(), set_up(settings));
    match tokio::time::timeout(CONNECT_PATIENCE, connecting).await {
        Ok(connected) => connected.map_err(|error| StoreError::Pool(Box::new(error))),
        Err(elapsed) => Err(StoreError::Pool(Box::new(elapsed))),
    }
}

/// Connects and runs `set_up`.
pub async fn establish(url: &str, set_up: String) -> Result<AsyncPgConnection, ConnectionError> {
    let mut conn = AsyncPgConnection::establish(url).await?;
    conn.batch_execute(&set_up).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// What every connection says first.
pub fn set_up(settings: &StoreSettings) -> String {
    let StoreSettings { schema, application, statement_timeout, .. } = settings;
    format!(
        "SET search_path TO \"{schema}\"; SET application_name TO '{application}'; \
         SET statement_timeout TO {}; SET idle_in_transaction_session_timeout TO '15s'",
        statement_timeout.as_millis()
    )
}
