//! Development tokens: what sign-in will give out, signed with the development key.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use uuid::Uuid;

use chassis::{Clock as _, IdSource as _, SystemClock, SystemIds};
use domain::{
    ids::BranchId,
    permissions::{Grant, Role},
};

use crate::{arguments::Arguments, keys, settings::Settings};

#[derive(Debug, Serialize)]
struct Claims {
    iss: &'static str,
    aud: &'static str,
    sub: Uuid,
    kind: &'static str,
    grants: Vec<Grant>,
    sid: Uuid,
    jti: Uuid,
    iat: i64,
    exp: i64,
}

/// Prints a token.
pub fn run(settings: &Settings, words: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let arguments = Arguments::parse(words, &["chain"], &["role", "branch", "subject", "hours"])?;
    let branches = arguments.branches()?;
    if branches.is_empty() != arguments.has("chain") {
        bail!("say where the role holds: --branch BRANCH... or --chain");
    }
    let roles = arguments.all("role");
    if roles.is_empty() {
        bail!("--role is one of {}", role_names());
    }
    let grants = roles.iter().map(|name| grant(name, &branches)).collect::<anyhow::Result<_>>()?;
    let hours = arguments.one("hours")?.unwrap_or(12);
    println!("{}", mint(settings, arguments.one("subject")?, grants, hours)?);
    Ok(())
}

/// A signed token of a person of the staff; only where development is said to happen.
pub fn mint(
    settings: &Settings,
    subject: Option<Uuid>,
    grants: Vec<Grant>,
    hours: u32,
) -> anyhow::Result<String> {
    if settings.get("ENV") != Some("development") {
        bail!("development tokens are made only with ENV=development");
    }
    let path = settings
        .get("JWT_PRIVATE_KEY")
        .map_or_else(|| settings.folder().join(keys::PRIVATE_KEY), PathBuf::from);
    let pem = fs::read(&path).with_context(|| format!("{}: run `cargo xtask keys`", path.display()))?;
    let now = SystemClock.now().timestamp();
    let claims = Claims {
        iss: "pizzeria",
        aud: "pizzeria",
        sub: subject.unwrap_or_else(new_id),
        kind: "staff",
        grants,
        sid: new_id(),
        jti: new_id(),
        iat: now,
        exp: now.saturating_add(i64::from(hours).saturating_mul(3600)),
    };
    let key = EncodingKey::from_ed_pem(&pem).context("the development key")?;
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &key)?)
}

/// A role in these branches; without any, in the whole chain.
pub fn grant(role: &str, branches: &[BranchId]) -> anyhow::Result<Grant> {
    let role = Role::parse(role)
        .filter(|role| *role != Role::Customer)
        .with_context(|| format!("`{role}` is no role of the staff; these are: {}", role_names()))?;
    Ok(if branches.is_empty() {
        Grant::everywhere(role)
    } else {
        Grant::within(role, branches.iter().copied())
    })
}

fn role_names() -> String {
    let staff = Role::ALL.into_iter().filter(|role| *role != Role::Customer);
    staff.map(Role::as_str).collect::<Vec<_>>().join(", ")
}

/// An id that nobody has had before.
pub fn new_id() -> Uuid {
    SystemIds.new_v7(SystemClock.now())
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};
    use serde_json::Value;

    use super::*;
    use crate::check::fixture::Folder;

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
        let (person, branch) = (new_id(), BranchId::MAIN);

        let token = mint(&settings, Some(person), vec![grant("cook", &[branch]).unwrap()], 1).unwrap();

        let claims = read(&token, &folder);
        assert_eq!(claims["sub"], person.to_string());
        assert_eq!(claims["kind"], "staff");
        assert_eq!(claims["grants"], serde_json::json!([{"role": "cook", "branches": [branch]}]));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    }

    #[test]
    fn a_grant_for_the_whole_chain_names_no_branch() {
        let text = serde_json::to_string(&grant("manager", &[]).unwrap()).unwrap();

        assert_eq!(text, r#"{"role":"manager"}"#);
    }

    #[test]
    fn outside_development_there_is_no_token() {
        let folder = Folder::new("token-production");
        keys::make(folder.path()).unwrap();

        for values in [&[][..], &[("ENV", "production")][..]] {
            let settings = Settings::of(values, folder.path());
            assert!(mint(&settings, None, vec![grant("cook", &[]).unwrap()], 1).is_err());
        }
    }

    #[test]
    fn only_roles_of_the_staff_are_granted() {
        assert!(grant("boss", &[]).is_err());
        assert!(grant("customer", &[]).is_err());
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
