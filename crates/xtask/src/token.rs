//! Development tokens: what sign-in will give out, signed with the development key.

use std::{collections::BTreeSet, fs, time::SystemTime};

use anyhow::{Context as _, bail};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    arguments::Arguments,
    keys::{self, random_id},
    settings::Settings,
};

const ROLES: [&str; 9] =
    ["super_admin", "admin", "manager", "technologist", "cook", "packer", "courier", "cashier", "accountant"];

/// A role in some branches, or in the whole chain.
#[derive(Clone, Debug, Serialize)]
pub struct Grant {
    /// One of the house's roles, in `snake_case`.
    pub role: String,
    /// Where it holds; empty: in the whole chain.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub branches: BTreeSet<Uuid>,
}

#[derive(Debug, Serialize)]
struct Claims {
    iss: &'static str,
    aud: &'static str,
    sub: Uuid,
    kind: &'static str,
    grants: Vec<Grant>,
    sid: Uuid,
    jti: Uuid,
    iat: u64,
    exp: u64,
}

/// Prints a token.
pub fn run(settings: &Settings, words: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let arguments = Arguments::parse(words, &["chain"], &["role", "branch", "subject", "hours"])?;
    let branches = arguments
        .all("branch")
        .iter()
        .map(|text| text.parse().with_context(|| format!("--branch {text}")))
        .collect::<anyhow::Result<BTreeSet<Uuid>>>()?;
    if branches.is_empty() != arguments.has("chain") {
        bail!("say where the role holds: --branch UUID... or --chain");
    }
    let roles = arguments.all("role");
    if roles.is_empty() {
        bail!("--role is one of {}", ROLES.join(", "));
    }
    let grants = roles.iter().map(|role| Grant { role: role.clone(), branches: branches.clone() }).collect();
    let hours = arguments.one("hours")?.unwrap_or(12);
    println!("{}", mint(settings, arguments.one("subject")?, grants, hours)?);
    Ok(())
}

/// A signed token of a person of the staff; only where development is said to happen.
pub fn mint(
    settings: &Settings,
    subject: Option<Uuid>,
    grants: Vec<Grant>,
    hours: u64,
) -> anyhow::Result<String> {
    if settings.get("ENV") != Some("development") {
        bail!("development tokens are made only with ENV=development");
    }
    if let Some(grant) = grants.iter().find(|grant| !ROLES.contains(&grant.role.as_str())) {
        bail!("`{}` is no role; the roles are {}", grant.role, ROLES.join(", "));
    }
    let path = settings
        .get("JWT_PRIVATE_KEY")
        .map_or_else(|| settings.folder().join(keys::PRIVATE_KEY), std::path::PathBuf::from);
    let pem = fs::read(&path).with_context(|| format!("{}: run `cargo xtask keys`", path.display()))?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let claims = Claims {
        iss: "pizzeria",
        aud: "pizzeria",
        sub: subject.unwrap_or_else(random_id),
        kind: "staff",
        grants,
        sid: random_id(),
        jti: random_id(),
        iat: now,
        exp: now.saturating_add(hours.saturating_mul(3600)),
    };
    let key = EncodingKey::from_ed_pem(&pem).context("the development key")?;
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &key)?)
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};
    use serde_json::Value;

    use super::*;
    use crate::check::fixture::Folder;

    fn grant(role: &str, branches: &[Uuid]) -> Vec<Grant> {
        vec![Grant { role: role.to_owned(), branches: branches.iter().copied().collect() }]
    }

    fn read(token: &str, folder: &Folder) -> Value {
        let public = fs::read(folder.path().join(keys::PUBLIC_KEY)).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&["pizzeria"]);
        validation.set_issuer(&["pizzeria"]);
        let key = DecodingKey::from_ed_pem(&public).unwrap();
        jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims
    }

    #[test]
    fn a_token_says_who_in_which_role_where() {
        let folder = Folder::new("token");
        keys::make(folder.path()).unwrap();
        let settings = Settings::of(&[("ENV", "development")], folder.path());
        let (person, branch) = (random_id(), random_id());

        let token = mint(&settings, Some(person), grant("cook", &[branch]), 1).unwrap();

        let claims = read(&token, &folder);
        assert_eq!(claims["sub"], person.to_string());
        assert_eq!(claims["kind"], "staff");
        assert_eq!(claims["grants"], serde_json::json!([{"role": "cook", "branches": [branch]}]));
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);
    }

    #[test]
    fn a_grant_for_the_whole_chain_names_no_branch() {
        let text = serde_json::to_string(&grant("manager", &[])).unwrap();

        assert_eq!(text, r#"[{"role":"manager"}]"#);
    }

    #[test]
    fn outside_development_there_is_no_token() {
        let folder = Folder::new("token-production");
        keys::make(folder.path()).unwrap();

        for values in [&[][..], &[("ENV", "production")][..]] {
            let settings = Settings::of(values, folder.path());
            assert!(mint(&settings, None, grant("cook", &[]), 1).is_err());
        }
    }

    #[test]
    fn an_unknown_role_is_refused() {
        let folder = Folder::new("token-role");
        keys::make(folder.path()).unwrap();
        let settings = Settings::of(&[("ENV", "development")], folder.path());

        assert!(mint(&settings, None, grant("boss", &[]), 1).is_err());
    }

    #[test]
    fn where_a_role_holds_must_be_said() {
        let folder = Folder::new("token-where");
        keys::make(folder.path()).unwrap();
        let settings = Settings::of(&[("ENV", "development")], folder.path());
        let say = |line: &str| run(&settings, line.split_whitespace().map(str::to_owned));

        assert!(say("--role cook").is_err());
        assert!(say("--role cook --chain --branch 01900000-0000-7000-8000-000000000001").is_err());
        assert!(say("--role cook --chain").is_ok());
    }
}
