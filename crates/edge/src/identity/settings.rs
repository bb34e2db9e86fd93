//! The keys that prove who calls.

use chassis::settings::{self, Variable};
use secrecy::SecretString;
use serde::Deserialize;

use super::{ServiceIdentity, Verifier};

/// What callers are verified with, and what calls to neighbours are signed with.
#[derive(Clone, Debug, Deserialize)]
pub struct IdentitySettings {
    /// Key that staff tokens are verified with, or two: PEM, or a path to it.
    pub jwt_public_key: String,
    /// Secret that services sign their own calls with.
    pub internal_secret: SecretString,
}

impl IdentitySettings {
    /// What it reads.
    pub const VARIABLES: &[Variable] = &[
        Variable::new("JWT_PUBLIC_KEY", "", "public key of staff tokens, or two; PEM or its path (required)"),
        Variable::new("INTERNAL_SECRET", "", "secret that services sign their calls with (required)"),
    ];

    /// Reads the environment.
    pub fn from_env() -> anyhow::Result<Self> {
        settings::read(Self::VARIABLES)
    }

    /// Who tells callers apart.
    pub fn verifier(&self, is_development: bool) -> anyhow::Result<Verifier> {
        Verifier::new(&self.jwt_public_key, &self.internal_secret, is_development)
    }

    /// What the service `name` signs its own calls with.
    pub fn service(&self, name: &'static str, is_development: bool) -> anyhow::Result<ServiceIdentity> {
        ServiceIdentity::new(name, &self.internal_secret, is_development)
    }
}
