//! This service's own identity, for calls to its neighbours.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use chassis::{Clock, SystemClock};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use tonic::metadata::{Ascii, MetadataValue};

use super::{INNER_ISSUER, ensure_strong};

const LIFETIME: TimeDelta = TimeDelta::minutes(5);
const RENEW_BEFORE_END: TimeDelta = TimeDelta::minutes(1);

/// Signs this service's calls; a token is minted once in a few minutes.
pub struct ServiceIdentity {
    name: &'static str,
    key: EncodingKey,
    clock: Arc<dyn Clock>,
    minted: Mutex<Option<(DateTime<Utc>, MetadataValue<Ascii>)>>,
}

#[derive(Serialize)]
struct Claims {
    iss: &'static str,
    sub: &'static str,
    iat: i64,
    exp: i64,
}

impl ServiceIdentity {
    /// The identity of the service `name`.
    pub fn new(name: &'static str, secret: &SecretString, is_development: bool) -> anyhow::Result<Self> {
        ensure_strong(secret, is_development)?;
        let key = EncodingKey::from_secret(secret.expose_secret().as_bytes());
        let identity = Self { name, key, clock: Arc::new(SystemClock), minted: Mutex::default() };
        // what cannot be signed now could not be signed later either
        identity.mint(identity.clock.now())?;
        Ok(identity)
    }

    /// The same with a clock of the caller's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The value of `authorization` for a call to a neighbour.
    pub fn header(&self) -> Option<MetadataValue<Ascii>> {
        let now = self.clock.now();
        let mut minted = self.minted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((ends, header)) = minted.as_ref()
            && *ends - now > RENEW_BEFORE_END
        {
            return Some(header.clone());
        }
        match self.mint(now) {
            Ok(header) => {
                *minted = Some((now + LIFETIME, header.clone()));
                Some(header)
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "cannot sign a call to a neighbour: {error:#}");
                None
            }
        }
    }

    fn mint(&self, now: DateTime<Utc>) -> anyhow::Result<MetadataValue<Ascii>> {
        let claims = Claims {
            iss: INNER_ISSUER,
            sub: self.name,
            iat: now.timestamp(),
            exp: (now + LIFETIME).timestamp(),
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.key);
        let mut header: MetadataValue<Ascii> =
            format!("Bearer {}", token.context("signing a service token")?)
                .parse()
                .context("a service token")?;
        header.set_sensitive(true);
        Ok(header)
    }
}
