//! The words behind a command: bare ones, flags, and options with a value.

use std::{collections::BTreeMap, str::FromStr};

use anyhow::{Context as _, bail};

use domain::ids::BranchId;

/// What a command was given, with every name known to it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// Words without a dash.
    pub bare: Vec<String>,
    named: BTreeMap<String, Vec<String>>,
}

impl Arguments {
    /// Sorts the words; an option may be given several times, or with several values in a row.
    pub fn parse(
        words: impl Iterator<Item = String>,
        flags: &[&str],
        options: &[&str],
    ) -> anyhow::Result<Self> {
        let mut parsed = Self::default();
        let mut words = words.peekable();
        while let Some(word) = words.next() {
            let Some(name) = word.strip_prefix("--") else {
                parsed.bare.push(word);
                continue;
            };
            let values = parsed.named.entry(name.to_owned()).or_default();
            if options.contains(&name) {
                while let Some(value) = words.next_if(|next| !next.starts_with("--")) {
                    values.push(value);
                }
                if values.is_empty() {
                    bail!("--{name} needs a value");
                }
            } else if !flags.contains(&name) {
                bail!("--{name} is not known here; `cargo xtask help` lists what is");
            }
        }
        Ok(parsed)
    }

    /// Whether a flag was given.
    pub fn has(&self, flag: &str) -> bool {
        self.named.contains_key(flag)
    }

    /// Every value of an option.
    pub fn all(&self, option: &str) -> &[String] {
        self.named.get(option).map_or(&[], Vec::as_slice)
    }

    /// The last value of an option, read as the type that is wanted.
    pub fn one<T>(&self, option: &str) -> anyhow::Result<Option<T>>
    where
        T: FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        self.all(option)
            .last()
            .map(|value| value.parse().with_context(|| format!("--{option} {value}")))
            .transpose()
    }

    /// Every `--branch`: its id, or `main` for the default one.
    pub fn branches(&self) -> anyhow::Result<Vec<BranchId>> {
        self.all("branch")
            .iter()
            .map(|text| match text.to_ascii_lowercase().as_str() {
                "main" => Ok(BranchId::MAIN),
                id => id.parse().with_context(|| format!("--branch {text}")),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> anyhow::Result<Arguments> {
        Arguments::parse(line.split_whitespace().map(str::to_owned), &["chain"], &["role", "branch"])
    }

    #[test]
    fn an_option_takes_several_values_in_a_row_or_one_by_one() {
        let row = parse("--branch a b --role cook").unwrap();
        let single = parse("--branch a --role cook --branch b").unwrap();

        assert_eq!(row.all("branch"), ["a", "b"]);
        assert_eq!(row, single);
    }

    #[test]
    fn the_default_branch_has_a_name_others_have_their_id() {
        let id = "01900000-0000-7000-8000-000000000002";
        let parsed = parse(&format!("--branch main {id}")).unwrap();

        assert_eq!(parsed.branches().unwrap(), [BranchId::MAIN, id.parse().unwrap()]);
        assert!(parse("--branch elsewhere").unwrap().branches().is_err());
    }

    #[test]
    fn a_flag_takes_nothing() {
        let parsed = parse("--chain word").unwrap();

        assert!(parsed.has("chain"));
        assert_eq!(parsed.bare, ["word"]);
    }

    #[test]
    fn an_unknown_name_and_a_missing_value_are_refused() {
        assert!(parse("--rolle cook").is_err());
        assert!(parse("--role --chain").is_err());
    }
}
