//! Verifies tokens.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use chassis::{Clock, SystemClock};
use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::BranchId;
use domain::permissions::{Grant, Grants, Role};
use domain::{ErrorKind, ServiceError};
use http::{HeaderMap, header};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::cache::Verified;
use super::{Caller, CallerKind, INNER_ISSUER, ISSUER, ensure_strong};

/// Clocks of two machines may differ by this much.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);
const LONGEST_TOKEN: usize = 8 * 1024;
const KEYS_AT_ONCE: usize = 2;

/// Verifies tokens with the keys that are valid now.
pub struct Verifier {
    staff: Vec<DecodingKey>,
    inner: DecodingKey,
    verified: Verified,
    clock: Arc<dyn Clock>,
}

/// Why a token proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSignedIn {
    /// Malformed, foreign, or signed with another key or algorithm.
    #[error("sign in first")]
    Invalid,
    /// It was good once.
    #[error("your sign-in has expired")]
    Expired,
}

#[derive(Deserialize)]
struct StaffClaims {
    sub: String,
    kind: StaffKind,
    #[serde(default)]
    grants: Vec<GrantClaim>,
    sid: Option<String>,
    exp: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum StaffKind {
    Staff,
    Device,
}

#[derive(Deserialize)]
struct GrantClaim {
    role: String,
    /// Absent: the whole chain.
    branches: Option<Vec<BranchId>>,
}

#[derive(Deserialize)]
struct InnerClaims {
    sub: String,
    exp: i64,
}

impl Verifier {
    /// Takes the public keys (one or two PEM blocks, or the path of a file with them) and the shared secret.
    pub fn new(public_keys: &str, secret: &SecretString, is_development: bool) -> anyhow::Result<Self> {
        ensure_strong(secret, is_development)?;
        let staff = staff_keys(public_keys)?;
        let inner = DecodingKey::from_secret(secret.expose_secret().as_bytes());
        Ok(Self { staff, inner, verified: Verified::default(), clock: Arc::new(SystemClock) })
    }

    /// The same with a clock of the caller's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Who sent a request with these headers: no `authorization` is an anonymous customer.
    pub fn caller(&self, headers: &HeaderMap) -> Result<Caller, NotSignedIn> {
        let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(Caller::anonymous()) };
        let value = value.to_str().map_err(|_| NotSignedIn::Invalid)?;
        let (scheme, token) = value.split_once(' ').ok_or(NotSignedIn::Invalid)?;
        if scheme.eq_ignore_ascii_case("bearer") {
            self.verify(token.trim())
        } else {
            Err(NotSignedIn::Invalid)
        }
    }

    /// Who a token speaks for.
    pub fn verify(&self, token: &str) -> Result<Caller, NotSignedIn> {
        if token.len() > LONGEST_TOKEN {
            return Err(NotSignedIn::Invalid);
        }
        let key = Verified::key(token);
        if let Some(known) = self.verified.get(&key) {
            return self.in_time(known);
        }
        let caller = self.in_time(self.read(token)?)?;
        self.verified.keep(key, caller.clone());
        Ok(caller)
    }

    fn in_time(&self, caller: Caller) -> Result<Caller, NotSignedIn> {
        let is_over = caller.expires.is_none_or(|end| end + LEEWAY <= self.clock.now());
        if is_over { Err(NotSignedIn::Expired) } else { Ok(caller) }
    }

    fn read(&self, token: &str) -> Result<Caller, NotSignedIn> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| NotSignedIn::Invalid)?;
        match header.alg {
            Algorithm::EdDSA => self.read_staff(token),
            Algorithm::HS256 => self.read_inner(token),
            _ => Err(NotSignedIn::Invalid),
        }
    }

    fn read_staff(&self, token: &str) -> Result<Caller, NotSignedIn> {
        let mut validation = validation(Algorithm::EdDSA, ISSUER);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let claims = self.staff.iter().find_map(|key| claims::<StaffClaims>(token, key, &validation));
        let claims = claims.ok_or(NotSignedIn::Invalid)?;
        let kind = match claims.kind {
            StaffKind::Staff => CallerKind::Staff,
            StaffKind::Device => CallerKind::Device,
        };
        let grants = grants(claims.grants);
        Ok(Caller {
            grants: Arc::new(grants),
            session: claims.sid.map(Arc::from),
            ..named(&claims.sub, kind, claims.exp)?
        })
    }

    fn read_inner(&self, token: &str) -> Result<Caller, NotSignedIn> {
        let mut validation = validation(Algorithm::HS256, INNER_ISSUER);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        let claims = claims::<InnerClaims>(token, &self.inner, &validation).ok_or(NotSignedIn::Invalid)?;
        named(&claims.sub, CallerKind::Service, claims.exp)
    }
}

/// A caller without a name would pass for an anonymous one.
fn named(subject: &str, kind: CallerKind, ends: i64) -> Result<Caller, NotSignedIn> {
    if subject.is_empty() {
        return Err(NotSignedIn::Invalid);
    }
    let expires: DateTime<Utc> = DateTime::from_timestamp(ends, 0).ok_or(NotSignedIn::Invalid)?;
    Ok(Caller { subject: Arc::from(subject), kind, expires: Some(expires), ..Caller::anonymous() })
}

/// The end of a token is checked with our own clock, also when its signature is known already.
fn validation(algorithm: Algorithm, issuer: &str) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[issuer]);
    validation.validate_exp = false;
    validation.validate_aud = algorithm == Algorithm::EdDSA;
    validation
}

fn claims<T: DeserializeOwned>(token: &str, key: &DecodingKey, validation: &Validation) -> Option<T> {
    jsonwebtoken::decode(token, key, validation).map(|read| read.claims).ok()
}

/// A role that this version does not know gives nothing.
fn grants(claims: Vec<GrantClaim>) -> Grants {
    let known = claims.into_iter().filter_map(|claim| {
        let role = Role::parse(&claim.role)?;
        Some(Grant { role, branches: claim.branches })
    });
    known.collect()
}

fn staff_keys(setting: &str) -> anyhow::Result<Vec<DecodingKey>> {
    let pem = if setting.contains("-----BEGIN") {
        setting.replace("\\n", "\n")
    } else {
        std::fs::read_to_string(Path::new(setting)).context("reading the file that JWT_PUBLIC_KEY names")?
    };
    let keys = pem
        .split_inclusive("-----END PUBLIC KEY-----")
        .filter(|block| block.contains("-----BEGIN"))
        .map(|block| {
            DecodingKey::from_ed_pem(block.trim().as_bytes()).context("JWT_PUBLIC_KEY is no Ed25519 key")
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(!keys.is_empty(), "JWT_PUBLIC_KEY holds no public key");
    ensure!(keys.len() <= KEYS_AT_ONCE, "JWT_PUBLIC_KEY holds more than {KEYS_AT_ONCE} keys");
    Ok(keys)
}

impl ServiceError for NotSignedIn {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unauthenticated
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid => "NOT_SIGNED_IN",
            Self::Expired => "TOKEN_EXPIRED",
        }
    }
}

#[cfg(test)]
mod tests;
