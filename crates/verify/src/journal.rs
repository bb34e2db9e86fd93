//! What clients were told: the one thing that no store knows.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Every attempt of every client, in any order. One file of JSON lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    /// One per attempt; attempts that repeat a request share its key.
    pub entries: Vec<Entry>,
}

/// One attempt to place an order, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The idempotency key; of one customer, so that a key of a branch is one order. Empty without one.
    pub key: String,
    /// Id of the branch it was placed at; empty when the client does not know.
    #[serde(default)]
    pub branch: String,
    /// The final price of the answer, 0 when there was none.
    #[serde(default)]
    pub roubles: i64,
    /// What the client was told.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// When it was told.
    pub at: DateTime<Utc>,
}

/// What a client knows after an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The order is accepted under this id.
    Acknowledged {
        /// Which order.
        order_id: String,
    },
    /// The answer promises that this attempt makes no order.
    Refused {
        /// The reason of the answer.
        reason: String,
    },
    /// No answer, or one that leaves it open: the order may exist or not.
    Unknown,
}

impl Journal {
    /// Reads a file of JSON lines.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        let mut entries = Vec::new();
        for (at, line) in BufReader::new(file).lines().enumerate() {
            let line = line.with_context(|| format!("reading {}", path.display()))?;
            if line.trim().is_empty() {
                continue;
            }
            let entry = serde_json::from_str(&line);
            entries.push(entry.with_context(|| format!("line {} of {}", at + 1, path.display()))?);
        }
        Ok(Self { entries })
    }

    /// Writes a file of JSON lines.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        let file = File::create(path).with_context(|| format!("making {}", path.display()))?;
        let mut file = BufWriter::new(file);
        for entry in &self.entries {
            serde_json::to_writer(&mut file, entry)?;
            file.write_all(b"\n")?;
        }
        file.flush().with_context(|| format!("writing {}", path.display()))
    }

    /// Notes one attempt.
    pub fn note(&mut self, entry: Entry) {
        self.entries.push(entry);
    }
}

impl Entry {
    /// The order that was acknowledged.
    pub fn order_id(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Acknowledged { order_id } => Some(order_id),
            Outcome::Refused { .. } | Outcome::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_flat_line() {
        let entry = Entry {
            key: "k-1".to_owned(),
            branch: String::new(),
            roubles: 748,
            outcome: Outcome::Acknowledged { order_id: "o-1".to_owned() },
            at: "2026-02-01T10:15:00Z".parse().unwrap(),
        };

        let line = serde_json::to_string(&entry).unwrap();

        assert_eq!(
            line,
            r#"{"key":"k-1","branch":"","roubles":748,"outcome":"acknowledged","order_id":"o-1","at":"2026-02-01T10:15:00Z"}"#
        );
        assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), entry);
        let bare = r#"{"key":"k-2","outcome":"unknown","at":"2026-02-01T10:15:00Z"}"#;
        assert_eq!(serde_json::from_str::<Entry>(bare).unwrap().outcome, Outcome::Unknown);
    }
}
