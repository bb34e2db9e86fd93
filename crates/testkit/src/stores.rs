//! Where the real stores are: the environment, or what `scripts/test` wrote down.

use std::path::Path;

use crate::process::workspace_root;

/// Address of PostgreSQL for a role that may create databases.
pub fn database_url() -> String {
    setting("DATABASE_URL")
}

/// Addresses of the Kafka brokers.
pub fn kafka_brokers() -> String {
    setting("KAFKA_BROKERS")
}

#[expect(clippy::disallowed_methods, reason = "tests are configured by the script that runs them")]
fn setting(name: &str) -> String {
    if let Ok(value) = std::env::var(name)
        && !value.is_empty()
    {
        return value;
    }
    let file = workspace_root().join(".pizzeria/test/env");
    from_file(&file, name).unwrap_or_else(|| {
        panic!("{name} is not set: run tests by scripts/test, or scripts/test --stores-only")
    })
}

fn from_file(file: &Path, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let prefix = format!("export {name}=");
    text.lines().find_map(|line| line.strip_prefix(&prefix)).map(|value| value.trim_matches('\'').to_owned())
}
