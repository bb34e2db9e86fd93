use chassis::clock::ManualClock;
use domain::permissions::Action;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
use http::HeaderValue;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use tonic::metadata::{Ascii, MetadataValue};

use super::*;
use crate::identity::ServiceIdentity;

const BRANCH: &str = "019c1a00-0000-7000-8000-00000000000b";
const NOW: i64 = 1_770_000_000;

struct Keys {
    private: EncodingKey,
    public: String,
}

fn keys() -> Keys {
    let key = SigningKey::generate(&mut rand_core::OsRng);
    let private = key.to_pkcs8_pem(LineEnding::LF).unwrap();
    Keys {
        private: EncodingKey::from_ed_pem(private.as_bytes()).unwrap(),
        public: key.verifying_key().to_public_key_pem(LineEnding::LF).unwrap(),
    }
}

fn secret() -> SecretString {
    SecretString::from("a-secret-of-more-than-32-characters")
}

fn verifier(public: &str) -> (Verifier, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(DateTime::from_timestamp(NOW, 0).unwrap()));
    (Verifier::new(public, &secret(), false).unwrap().with_clock(clock.clone()), clock)
}

fn claims() -> Value {
    json!({
        "iss": "pizzeria", "aud": "pizzeria", "sub": "p-1", "kind": "staff", "sid": "s-1",
        "grants": [{"role": "cook", "branches": [BRANCH]}, {"role": "a_role_of_tomorrow"}],
        "exp": NOW + 900,
    })
}

fn sign(keys: &Keys, claims: &Value) -> String {
    jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), claims, &keys.private).unwrap()
}

fn headers(authorization: &MetadataValue<Ascii>) -> HeaderMap {
    let value = HeaderValue::from_bytes(authorization.as_encoded_bytes()).unwrap();
    HeaderMap::from_iter([(header::AUTHORIZATION, value)])
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

#[test]
fn a_token_says_who_calls_and_what_they_may_do() {
    let keys = keys();
    let (verifier, _) = verifier(&keys.public);

    let caller = verifier.verify(&sign(&keys, &claims())).unwrap();

    assert_eq!(
        (&*caller.subject, caller.kind, caller.session.as_deref()),
        ("p-1", CallerKind::Staff, Some("s-1"))
    );
    assert_eq!(caller.require(Action::KitchenMove, BRANCH.parse().unwrap()), Ok(()));
    assert_eq!(
        caller.require(Action::KitchenMove, BranchId::MAIN).unwrap_err().reason(),
        "BRANCH_NOT_ALLOWED"
    );
    assert_eq!(caller.require(Action::EditMenu, BranchId::MAIN).unwrap_err().reason(), "ROLE_NOT_ALLOWED");
    assert_eq!(caller.require_service().unwrap_err().kind(), ErrorKind::PermissionDenied);
}

#[test]
fn aut_1_alg_none_another_key_and_one_byte_changed_are_refused() {
    let ours = keys();
    let (verifier, _) = verifier(&ours.public);
    let good = sign(&ours, &claims());
    let (head_and_body, signature) = good.rsplit_once('.').unwrap();
    let body = head_and_body.split('.').nth(1).unwrap();
    // {"alg":"none","typ":"JWT"}
    let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.");
    let foreign = sign(&keys(), &claims());
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let changed = format!("{head_and_body}.{flipped}{}", &signature[1..]);
    let public_as_secret = jsonwebtoken::encode(
        &Header::new(Algorithm::HS256),
        &claims(),
        &EncodingKey::from_secret(ours.public.as_bytes()),
    );

    for bad in [none, foreign, changed, public_as_secret.unwrap(), String::new(), "a.b.c".to_owned()] {
        assert_eq!(verifier.verify(&bad).unwrap_err(), NotSignedIn::Invalid, "{bad}");
    }
}

#[test]
fn a_token_of_another_issuer_or_audience_or_without_an_end_is_refused() {
    let keys = keys();
    let (verifier, _) = verifier(&keys.public);
    let mut endless = claims();
    endless.as_object_mut().unwrap().remove("exp");

    for bad in [
        with(claims(), "iss", json!("elsewhere")),
        with(claims(), "aud", json!("elsewhere")),
        with(claims(), "sub", json!("")),
        with(claims(), "kind", json!("service")),
        endless,
    ] {
        assert_eq!(verifier.verify(&sign(&keys, &bad)).unwrap_err(), NotSignedIn::Invalid, "{bad}");
    }
}

#[test]
fn a_token_ends_after_its_leeway_also_when_it_is_known_already() {
    let keys = keys();
    let (verifier, clock) = verifier(&keys.public);
    let token = sign(&keys, &claims());
    assert!(verifier.verify(&token).is_ok());

    clock.advance(TimeDelta::seconds(929));
    assert!(verifier.verify(&token).is_ok());
    clock.advance(TimeDelta::seconds(1));

    let refused = verifier.verify(&token).unwrap_err();
    assert_eq!((refused, refused.reason()), (NotSignedIn::Expired, "TOKEN_EXPIRED"));
}

#[test]
fn two_keys_are_valid_at_once() {
    let (old, new) = (keys(), keys());
    let (verifier, _) = verifier(&format!("{}{}", old.public, new.public));

    assert!(verifier.verify(&sign(&old, &claims())).is_ok());
    assert!(verifier.verify(&sign(&new, &claims())).is_ok());
}

#[test]
fn services_prove_themselves_with_the_secret_they_share() {
    let (verifier, clock) = verifier(&keys().public);
    let identity = ServiceIdentity::new("order-gateway", &secret(), false).unwrap().with_clock(clock.clone());
    let header = identity.header().unwrap();

    let caller = verifier.caller(&headers(&header)).unwrap();

    assert_eq!((&*caller.subject, caller.kind), ("order-gateway", CallerKind::Service));
    assert_eq!(caller.require_service(), Ok(()));
    clock.advance(TimeDelta::minutes(4));
    assert_ne!(identity.header().unwrap(), header, "a token is minted anew before it ends");
}

#[test]
fn a_token_signed_with_another_secret_is_refused() {
    let (verifier, clock) = verifier(&keys().public);
    let other = SecretString::from("another-secret-of-32-characters!!");
    let identity = ServiceIdentity::new("order-gateway", &other, false).unwrap().with_clock(clock);

    let refused = verifier.caller(&headers(&identity.header().unwrap())).unwrap_err();

    assert_eq!(refused, NotSignedIn::Invalid);
}

#[test]
fn no_header_is_an_anonymous_customer_and_a_strange_one_is_nobody() {
    let (verifier, _) = verifier(&keys().public);
    let anonymous = verifier.caller(&HeaderMap::new()).unwrap();

    assert!(anonymous.is_anonymous());
    assert_eq!(anonymous.require(Action::PublicOrder, BranchId::MAIN), Ok(()));
    assert_eq!(anonymous.require(Action::ReadSlots, BranchId::MAIN).unwrap_err().reason(), "NOT_SIGNED_IN");
    for bad in ["", "Bearer", "Basic YTpi", "Bearer x"] {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(bad))]);
        assert_eq!(verifier.caller(&headers).unwrap_err(), NotSignedIn::Invalid, "{bad}");
    }
}

#[test]
fn a_short_secret_is_for_development_only() {
    let short = SecretString::from("short");
    let public = keys().public;

    assert!(Verifier::new(&public, &short, false).is_err());
    assert!(Verifier::new(&public, &short, true).is_ok());
    assert!(ServiceIdentity::new("menu", &short, false).is_err());
    assert!(Verifier::new(&public, &SecretString::from(""), true).is_err());
    assert!(Verifier::new("/nowhere/key.pem", &secret(), true).is_err());
}
