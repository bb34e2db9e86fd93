//! Keys and tokens of a test.

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rand_core::OsRng;
use serde_json::json;
use uuid::Uuid;

/// A signing key pair and the secret of inner calls.
#[derive(Clone, Debug)]
pub struct Keys {
    private_pem: String,
    public_pem: String,
    secret: String,
}

/// What a token says.
#[derive(Clone, Debug)]
pub struct TokenRequest<'a> {
    /// Role of the only grant, in snake case.
    pub role: &'a str,
    /// Branches of the grant; `None` is the whole chain.
    pub branches: Option<Vec<String>>,
    /// Who it is; a new person when absent.
    pub subject: Option<Uuid>,
    /// `staff` or `device`.
    pub kind: &'a str,
    /// Seconds until it ends; negative for a token that has ended.
    pub lives: i64,
}

impl Keys {
    /// A new pair and secret.
    pub fn fresh() -> Self {
        let key = SigningKey::generate(&mut OsRng);
        Self {
            private_pem: key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string(),
            public_pem: key.verifying_key().to_public_key_pem(LineEnding::LF).unwrap(),
            secret: format!("{}{}", random_id().simple(), random_id().simple()),
        }
    }

    /// The value of `JWT_PUBLIC_KEY`.
    pub fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// The signing key, PKCS#8 PEM.
    pub fn private_pem(&self) -> &str {
        &self.private_pem
    }

    /// The value of `INTERNAL_SECRET`.
    pub fn internal_secret(&self) -> &str {
        &self.secret
    }

    /// A token of a staff member with one role at one branch.
    pub fn token(&self, role: &str, branch: &str) -> String {
        self.sign(&TokenRequest { branches: Some(vec![branch.to_owned()]), ..TokenRequest::of(role) })
    }

    /// A token of a staff member with one role in the whole chain.
    pub fn chain_token(&self, role: &str) -> String {
        self.sign(&TokenRequest::of(role))
    }

    /// A token that says exactly this.
    pub fn sign(&self, request: &TokenRequest<'_>) -> String {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let now = i64::try_from(since.as_secs()).unwrap();
        let mut grant = json!({ "role": request.role });
        if let Some(branches) = &request.branches {
            grant["branches"] = json!(branches);
        }
        let claims = json!({
            "iss": "pizzeria",
            "aud": "pizzeria",
            "sub": request.subject.unwrap_or_else(random_id),
            "kind": request.kind,
            "grants": [grant],
            "sid": random_id(),
            "jti": random_id(),
            "iat": now,
            "exp": now + request.lives,
        });
        let key = EncodingKey::from_ed_pem(self.private_pem.as_bytes()).unwrap();
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &key).unwrap()
    }
}

impl<'a> TokenRequest<'a> {
    /// A staff member with that role in the whole chain, for an hour.
    pub const fn of(role: &'a str) -> Self {
        Self { role, branches: None, subject: None, kind: "staff", lives: 3600 }
    }
}

/// An id that nobody has had before.
pub fn random_id() -> Uuid {
    use rand_core::RngCore as _;
    let mut bytes = [0_u8; 16];
    OsRng.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
