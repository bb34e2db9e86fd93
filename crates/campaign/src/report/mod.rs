//! What a campaign came to: for people in a terminal, for programs, and as one page.

mod agree;
mod origin;
mod page;
mod text;

use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use crate::outcome::Outcome;
use crate::scenario::Size;

pub use self::agree::Earlier;
pub use self::origin::Origin;

/// A whole campaign.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `ci` or `nightly`.
    pub size: &'static str,
    /// What made the plans.
    pub seed: u64,
    /// What made this report.
    pub origin: Origin,
    /// Scenarios for which no time was left.
    pub left_out: Vec<&'static str>,
    /// One per scenario, in the order they ran.
    pub plays: Vec<Play>,
}

/// One scenario that was played.
#[derive(Clone, Debug, Serialize)]
pub struct Play {
    /// Its number.
    pub id: &'static str,
    /// What happened.
    pub name: &'static str,
    /// What made its plan.
    pub seed: u64,
    /// How long it took.
    pub seconds: f64,
    /// What came of it.
    pub outcome: Outcome,
}

impl Report {
    /// Nothing has run yet.
    pub const fn new(size: Size, seed: u64, origin: Origin) -> Self {
        Self { size: size.word(), seed, origin, left_out: Vec::new(), plays: Vec::new() }
    }

    /// Whether every scenario passed; a campaign without any proves nothing.
    pub fn passed(&self) -> bool {
        !self.plays.is_empty() && self.plays.iter().all(|play| play.outcome.passed())
    }

    /// The report for a terminal.
    pub fn text(&self) -> String {
        text::of(self)
    }

    /// Writes `campaign.txt`, `campaign.json` and `campaign.html`.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let json = serde_json::to_string_pretty(self)?;
        for (name, text) in
            [("campaign.txt", self.text()), ("campaign.json", json), ("campaign.html", page::of(self))]
        {
            let file = folder.join(name);
            std::fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
        }
        Ok(())
    }

    fn sum(&self, figure: impl Fn(&Outcome) -> u64) -> u64 {
        self.plays.iter().map(|play| figure(&play.outcome)).sum()
    }
}

/// `kill kafka 5, kill menu 4`.
fn faults(outcome: &Outcome) -> String {
    let parts: Vec<_> = outcome.faults.iter().map(|(what, count)| format!("{what} {count}")).collect();
    parts.join(", ")
}

/// How many faults there were.
fn fault_count(outcome: &Outcome) -> u64 {
    outcome.faults.iter().map(|(_, count)| *count as u64).sum()
}

#[cfg(test)]
mod tests;
