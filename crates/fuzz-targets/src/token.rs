//! A bearer token of anybody's.

use std::sync::LazyLock;

use edge::CallerKind;
use edge::identity::Verifier;
use serde_json::Value;

use crate::signers::{FOREIGN, OURS, sign, signed_tokens, verifier};

static VERIFIER: LazyLock<Verifier> = LazyLock::new(verifier);

/// What the keys of the verifier have signed: everything before the last dot.
static SIGNED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let [person, device, service, ..] = signed_tokens();
    [person, device, service].iter().filter_map(|token| Some(token.rsplit_once('.')?.0.to_owned())).collect()
});

/// Bytes are a token, or the claims of one.
///
/// Only what our key has signed is accepted; signed claims never make a service, nor anybody without a name.
pub fn token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if VERIFIER.verify(text).is_ok() {
        let said = text.rsplit_once('.').map(|(said, _)| said);
        assert!(SIGNED.iter().any(|signed| Some(signed.as_str()) == said), "nobody has signed this");
    }
    if let Ok(claims @ Value::Object(_)) = serde_json::from_str(text) {
        claims_are_taken_at_their_word(&claims);
    }
}

fn claims_are_taken_at_their_word(claims: &Value) {
    assert!(VERIFIER.verify(&sign(claims, &FOREIGN)).is_err(), "a foreign key is accepted");
    let Ok(caller) = VERIFIER.verify(&sign(claims, &OURS)) else { return };
    assert!(matches!(caller.kind, CallerKind::Staff | CallerKind::Device));
    assert!(!caller.is_anonymous());
    let says = |name: &str, word: &str| claims.get(name).is_some_and(|claim| claim.as_str() == Some(word));
    assert!(says("sub", &caller.subject) && says("iss", "pizzeria"));
    assert!(claims.get("exp").is_some() && claims.get("aud").is_some());
}
