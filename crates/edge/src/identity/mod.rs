//! Who calls, and proof of it.
//!
//! People and devices carry `EdDSA` tokens of the staff service; services carry short HS256 tokens signed with the
//! secret they share. No token is an anonymous customer; a wrong one is refused. The algorithm belongs to the key:
//! what a token says about its own algorithm only has to agree.

mod cache;
mod caller;
mod service;
mod settings;
mod verifier;

pub use caller::{Caller, CallerKind, Denied};
pub use service::ServiceIdentity;
pub use settings::IdentitySettings;
pub use verifier::{NotSignedIn, Verifier};

use anyhow::ensure;
use secrecy::{ExposeSecret as _, SecretString};

/// Issuer and audience of people's tokens.
const ISSUER: &str = "pizzeria";
/// Issuer of services' tokens.
const INNER_ISSUER: &str = "pizzeria-inner";

const SHORTEST_SECRET: usize = 32;

/// Refuses a shared secret that could be guessed, unless this is a developer's machine.
fn ensure_strong(secret: &SecretString, is_development: bool) -> anyhow::Result<()> {
    let length = secret.expose_secret().len();
    ensure!(length > 0, "INTERNAL_SECRET is not set");
    ensure!(
        is_development || length >= SHORTEST_SECRET,
        "INTERNAL_SECRET must have at least {SHORTEST_SECRET} characters"
    );
    Ok(())
}
