//! Settings of the system that is spoken to: the environment, and beneath it what `scripts/up` wrote down.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// Names and values; the environment wins over the file.
#[derive(Clone, Debug)]
pub struct Settings {
    values: BTreeMap<String, String>,
    folder: PathBuf,
}

impl Settings {
    /// Reads `.pizzeria/up/env` of the checkout, if it is there, and the environment.
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        let folder = root.join(".pizzeria/up");
        let file = folder.join("env");
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| file.display().to_string()),
        };
        Ok(Self::merge(&text, std::env::vars(), folder))
    }

    fn merge(file: &str, environment: impl Iterator<Item = (String, String)>, folder: PathBuf) -> Self {
        let mut values: BTreeMap<_, _> = file.lines().filter_map(exported).collect();
        values.extend(environment);
        Self { values, folder }
    }

    /// The folder that `scripts/up` keeps its state in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The value of a setting, unless it is unset or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value of a setting that cannot be done without.
    pub fn need(&self, name: &str) -> anyhow::Result<&str> {
        self.get(name).with_context(|| format!("{name} is not set; does `scripts/up` run?"))
    }
}

/// One line `export NAME=value` as bash's `%q` writes it.
fn exported(line: &str) -> Option<(String, String)> {
    let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.extend(letters.next()),
            '\'' | '"' => {}
            plain => text.push(plain),
        }
    }
    Some((name.to_owned(), text))
}

#[cfg(test)]
impl Settings {
    /// Settings as a test wants them, with a folder of its own.
    pub fn of(values: &[(&str, &str)], folder: &Path) -> Self {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::merge("", values, folder.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = "# made by scripts/up\nexport ENV=development\nexport HOST=127.0.0.1\n";
        let environment = [("ENV".to_owned(), "production".to_owned())];

        let settings = Settings::merge(file, environment.into_iter(), PathBuf::new());

        assert_eq!(settings.get("ENV"), Some("production"));
        assert_eq!(settings.get("HOST"), Some("127.0.0.1"));
        assert!(settings.need("KAFKA_BROKERS").is_err());
    }

    #[test]
    fn a_quoted_value_is_read_back() {
        assert_eq!(
            exported(r"export DATABASE_URL=postgres://a:b\&c@h/d\?x"),
            Some(("DATABASE_URL".to_owned(), "postgres://a:b&c@h/d?x".to_owned()))
        );
        assert_eq!(exported("# export A=b"), None);
    }
}
