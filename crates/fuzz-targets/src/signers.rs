//! The keys of the targets, the same at every run, and tokens that were signed with them.

use std::sync::{Arc, LazyLock};

use chassis::clock::ManualClock;
use chrono::{DateTime, Utc};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
use edge::identity::Verifier;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use secrecy::SecretString;
use serde_json::{Value, json};

const NOW: DateTime<Utc> = DateTime::from_timestamp_nanos(1_770_000_000_000_000_000);
const SECRET: &str = "a-secret-of-more-than-32-characters";

/// The key that the verifier knows.
pub static OURS: LazyLock<EncodingKey> = LazyLock::new(|| private(7));

/// A key that it does not.
pub static FOREIGN: LazyLock<EncodingKey> = LazyLock::new(|| private(8));

/// Tokens that the verifier takes, of a person, a device and a service, one that ended, and a foreign one.
pub fn signed_tokens() -> [String; 5] {
    let end = NOW.timestamp() + 900;
    let person = json!({
        "iss": "pizzeria", "aud": "pizzeria", "sub": "p-1", "kind": "staff", "sid": "s-1", "exp": end,
        "grants": [{"role": "cook", "branches": ["01900000-0000-7000-8000-000000000001"]}, {"role": "owner"}],
    });
    let device = json!({
        "iss": "pizzeria", "aud": "pizzeria", "sub": "d-1", "kind": "device", "exp": end,
        "grants": [{"role": "cook"}],
    });
    let ended = json!({"iss": "pizzeria", "aud": "pizzeria", "sub": "p-2", "kind": "staff", "exp": 1});
    let service = json!({"iss": "pizzeria-inner", "sub": "order-gateway", "exp": end});
    let secret = EncodingKey::from_secret(SECRET.as_bytes());
    [
        sign(&person, &OURS),
        sign(&device, &OURS),
        encode(&Header::new(Algorithm::HS256), &service, &secret).expect("claims can be signed"),
        sign(&ended, &OURS),
        sign(&person, &FOREIGN),
    ]
}

/// A token of a person or a device that says exactly this.
pub fn sign(claims: &Value, key: &EncodingKey) -> String {
    encode(&Header::new(Algorithm::EdDSA), claims, key).expect("claims can be signed")
}

/// A verifier that has seen no token.
pub fn verifier() -> Verifier {
    let public = SigningKey::from_bytes(&[7; 32]).verifying_key();
    let public = public.to_public_key_pem(LineEnding::LF).expect("a key has a PEM form");
    let verifier = Verifier::new(&public, &SecretString::from(SECRET), false).expect("the keys are good");
    verifier.with_clock(Arc::new(ManualClock::at(NOW)))
}

fn private(seed: u8) -> EncodingKey {
    let key = SigningKey::from_bytes(&[seed; 32]);
    let pem = key.to_pkcs8_pem(LineEnding::LF).expect("a key has a PEM form");
    EncodingKey::from_ed_pem(pem.as_bytes()).expect("the PEM is a key")
}
