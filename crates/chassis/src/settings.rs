//! Settings come from the environment, once; `--help` lists them all.
//!
//! A crate that needs settings describes them itself and reads its own; a service puts the parts together.

mod process;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;

use anyhow::{anyhow, bail};
use serde::de::DeserializeOwned;

pub use process::Process;

/// One variable of the environment that a service reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// In upper case; the field of the configuration has the same name in lower case.
    pub name: &'static str,
    /// Used when the variable is unset or empty; empty itself when there is none.
    pub default: &'static str,
    /// What it is for.
    pub about: &'static str,
}

impl Variable {
    /// A variable with its default and its purpose.
    pub const fn new(name: &'static str, default: &'static str, about: &'static str) -> Self {
        Self { name, default, about }
    }
}

/// What a program says about itself.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Its name.
    pub service: &'a str,
    /// Its version.
    pub version: &'a str,
    /// What it does, in one sentence.
    pub about: &'a str,
    /// What its parts read from the environment.
    pub variables: &'a [&'a [Variable]],
    /// Commands of its own beside the common ones: name and what it does.
    pub commands: &'a [(&'a str, &'a str)],
}

/// What the person asked the program to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Do the service's work; also when nothing is said.
    Serve,
    /// Bring the database to this version.
    Migrate,
    /// Read and check the settings, then end.
    CheckConfig,
    /// A command of the service's own, with its arguments.
    Other(String, Vec<String>),
}

/// Reads one part of the configuration, `T`, from the environment. An error names the variable, never its value.
pub fn read<T: DeserializeOwned>(variables: &[Variable]) -> anyhow::Result<T> {
    from_pairs(variables, std::env::vars_os())
}

/// What the command line asks for. Answers `--help` and a wrong command by itself, and ends the process.
pub fn command(settings: &Settings<'_>) -> Command {
    match parse(settings, std::env::args().skip(1)) {
        Ok(Some(command)) => command,
        Ok(None) => {
            println!("{}", help(settings));
            std::process::exit(0);
        }
        Err(error) => {
            eprintln!("{}: {error}; {} --help shows the commands", settings.service, settings.service);
            std::process::exit(2);
        }
    }
}

fn from_pairs<T: DeserializeOwned>(
    variables: &[Variable],
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> anyhow::Result<T> {
    let defaults = variables.iter().map(|variable| (variable.name, variable.default.to_owned()));
    let mut values: BTreeMap<&str, String> = defaults.collect();
    for (name, value) in environment {
        let Some(variable) = variables.iter().find(|variable| name == variable.name) else { continue };
        let value = value.into_string().map_err(|_| anyhow!("{} is not UTF-8", variable.name))?;
        if !value.trim().is_empty() {
            values.insert(variable.name, value);
        }
    }
    values.retain(|_, value| !value.is_empty());
    let pairs = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    envy::from_iter(pairs).map_err(|error| readable(error, values.values()))
}

/// envy speaks of fields and quotes values; people set variables, and a value may be a secret.
fn readable<'a>(error: envy::Error, values: impl Iterator<Item = &'a String>) -> anyhow::Error {
    match error {
        envy::Error::MissingValue(field) => anyhow!("{} is not set", field.to_uppercase()),
        envy::Error::Custom(said) => {
            let hide = |said: String, value: &String| said.replace(value.as_str(), "...");
            // numbers of one digit would tear holes into every message
            anyhow!(values.filter(|value| value.len() > 3).fold(said, hide))
                .context("reading the environment")
        }
    }
}

fn parse(
    settings: &Settings<'_>,
    mut arguments: impl Iterator<Item = String>,
) -> anyhow::Result<Option<Command>> {
    let Some(first) = arguments.next() else { return Ok(Some(Command::Serve)) };
    let rest: Vec<String> = arguments.collect();
    if rest.iter().any(|argument| argument == "--help" || argument == "-h") {
        return Ok(None);
    }
    let command = match first.as_str() {
        "--help" | "-h" | "help" => return Ok(None),
        "serve" => Command::Serve,
        "migrate" => Command::Migrate,
        "--check-config" => Command::CheckConfig,
        other if settings.commands.iter().any(|(name, _)| *name == other) => {
            return Ok(Some(Command::Other(first, rest)));
        }
        other => bail!("there is no command {other:?}"),
    };
    rest.first().map_or(Ok(Some(command)), |extra| Err(anyhow!("{first} takes no argument {extra:?}")))
}

fn help(settings: &Settings<'_>) -> String {
    let Settings { service, version, about, variables, commands } = settings;
    let mut text = format!("{service} {version}\n{about}\n\nUsage: {service} [command]\n\nCommands:\n");
    let common = [
        ("serve", "do the work (the default)"),
        ("migrate", "bring the database to this version, then end"),
        ("--check-config", "read and check the settings, then end"),
        ("--help", "this text"),
    ];
    for (name, about) in common.iter().chain(*commands) {
        let _ = writeln!(text, "  {name:<16} {about}");
    }
    text.push_str("\nEnvironment:\n");
    let variables = || variables.iter().copied().flatten();
    let width = variables().map(|variable| variable.name.len()).max().unwrap_or_default();
    for Variable { name, default, about } in variables() {
        let default = if default.is_empty() { String::new() } else { format!(" [default: {default}]") };
        let _ = writeln!(text, "  {name:<width$}  {about}{default}");
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests;
