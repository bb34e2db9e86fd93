//! One connection, set up as every connection of a service is.

use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};
use secrecy::ExposeSecret as _;

use crate::error::StoreError;
use crate::settings::StoreSettings;

const CONNECT_PATIENCE: Duration = Duration::from_secs(3);
/// A host that is gone without a word is noticed within ten seconds, asked or not; left to itself, TCP takes a
/// quarter of an hour. In seconds, by the names that PostgreSQL's URLs have for them.
const SIGNS_OF_LIFE: [(&str, u32); 6] = [
    ("connect_timeout", 3),
    ("tcp_user_timeout", 10),
    ("keepalives", 1),
    ("keepalives_idle", 5),
    ("keepalives_interval", 2),
    ("keepalives_retries", 3),
];

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
    let mut conn = AsyncPgConnection::establish(&watchful(url)).await?;
    conn.batch_execute(&set_up).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// The URL with the signs of life that it does not set itself.
fn watchful(url: &str) -> String {
    // a password may hold a question mark
    let place = url.find('@').and_then(|at| url.get(at..)).unwrap_or(url);
    let query = place.split_once('?').map(|(_, query)| query);
    let own = query.unwrap_or_default();
    let is_set = |name: &str| own.split('&').any(|option| option.split('=').next() == Some(name));
    let missing = SIGNS_OF_LIFE.iter().filter(|(name, _)| !is_set(name));
    let missing: Vec<String> = missing.map(|(name, seconds)| format!("{name}={seconds}")).collect();
    let link = match query {
        None => "?",
        Some("") => "",
        Some(_) => "&",
    };
    format!("{url}{link}{}", missing.join("&"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_silent_is_noticed_unless_the_url_says_otherwise() {
        assert_eq!(
            watchful("postgres://anna:secret?@db:5432/pizza"),
            "postgres://anna:secret?@db:5432/pizza?connect_timeout=3&tcp_user_timeout=10&keepalives=1\
             &keepalives_idle=5&keepalives_interval=2&keepalives_retries=3"
        );
        assert_eq!(
            watchful("postgres://db/pizza?sslmode=disable&tcp_user_timeout=60&keepalives=0"),
            "postgres://db/pizza?sslmode=disable&tcp_user_timeout=60&keepalives=0&connect_timeout=3\
             &keepalives_idle=5&keepalives_interval=2&keepalives_retries=3"
        );
    }
}
