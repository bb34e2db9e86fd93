//! Keys, ports and servers for these tests.

use std::net::SocketAddr;
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePublicKey as _;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use edge::Verifier;
use secrecy::SecretString;
use tokio::net::TcpListener;

pub fn secret() -> SecretString {
    SecretString::from("a-secret-of-more-than-32-characters")
}

pub fn verifier() -> Arc<Verifier> {
    let key = SigningKey::generate(&mut rand_core::OsRng);
    let public = key.verifying_key().to_public_key_pem(LineEnding::LF).unwrap();
    Arc::new(Verifier::new(&public, &secret(), false).unwrap())
}

pub async fn port() -> (TcpListener, SocketAddr) {
    let listener = edge::listen::listen("127.0.0.1", 0).await.unwrap();
    let address = edge::listen::address(&listener).unwrap();
    (listener, address)
}
