use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
struct Config {
    port: u16,
    database_url: SecretString,
    kafka_username: Option<String>,
}

const VARIABLES: &[Variable] = &[
    Variable::new("PORT", "8080", "where the public HTTP listens"),
    Variable::new("DATABASE_URL", "", "where PostgreSQL is"),
    Variable::new("KAFKA_USERNAME", "", "who signs in at the broker"),
];

const SETTINGS: Settings<'_> = Settings {
    service: "kitchen",
    version: "1.2.3",
    about: "Bakes.",
    variables: &[Process::VARIABLES, VARIABLES],
    commands: &[("replay", "bakes again")],
};

fn config(pairs: &[(&str, &str)]) -> anyhow::Result<Config> {
    from_pairs(VARIABLES, pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())))
}

fn asked(arguments: &[&str]) -> anyhow::Result<Option<Command>> {
    parse(&SETTINGS, arguments.iter().map(|argument| (*argument).to_owned()))
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let config = config(&[("PORT", ""), ("DATABASE_URL", "postgres://x"), ("KAFKA_USERNAME", " ")]).unwrap();

    assert_eq!(config.port, 8080);
    assert_eq!(config.database_url.expose_secret(), "postgres://x");
    assert_eq!(config.kafka_username, None);
}

#[test]
fn a_missing_variable_is_named() {
    let refused = config(&[]).unwrap_err();

    assert_eq!(refused.to_string(), "DATABASE_URL is not set");
}

#[test]
fn a_wrong_value_names_its_variable_and_is_not_shown() {
    let refused = config(&[("PORT", "hunter2"), ("DATABASE_URL", "postgres://x")]).unwrap_err();

    let said = format!("{refused:#}");
    assert!(said.contains("PORT"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn nothing_said_means_serve() {
    assert_eq!(asked(&[]).unwrap(), Some(Command::Serve));
    assert_eq!(asked(&["migrate"]).unwrap(), Some(Command::Migrate));
    assert_eq!(asked(&["--check-config"]).unwrap(), Some(Command::CheckConfig));
}

#[test]
fn a_command_of_the_service_gets_its_arguments() {
    let expected = Command::Other("replay".to_owned(), vec!["--dry-run".to_owned()]);

    assert_eq!(asked(&["replay", "--dry-run"]).unwrap(), Some(expected));
    assert!(asked(&["bake"]).is_err());
    assert!(asked(&["serve", "now"]).is_err());
}

#[test]
fn help_shows_every_variable_of_every_part_with_its_default() {
    assert_eq!(asked(&["--help"]).unwrap(), None);

    let text = help(&SETTINGS);
    for expected in [
        "\n  ENV             production, or",
        "\n  PORT            where the public HTTP listens [default: 8080]",
        "\n  DATABASE_URL    where",
        "replay",
    ] {
        assert!(text.contains(expected), "{text}");
    }
}
