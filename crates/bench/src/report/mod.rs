//! What a run came to: for people in a terminal, for programs, and as one page.

mod chart;
mod html;
mod json;
mod machine;
mod text;

use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

pub use self::machine::Machine;
use crate::figure::{Figure, Verdict};

/// A whole run.
#[derive(Clone, Debug)]
pub struct Report {
    /// `quick` or `full`.
    pub size: &'static str,
    /// Of everything that was drawn.
    pub seed: u64,
    /// What it ran on.
    pub machine: Machine,
    /// In the order in which they were taken.
    pub figures: Vec<Figure>,
    /// What could not be measured.
    pub failures: Vec<Failure>,
    /// How long it took.
    pub seconds: u64,
}

/// A figure that could not be taken.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// Its id.
    pub id: &'static str,
    /// What went wrong.
    pub why: String,
}

impl Report {
    /// Whether everything that was asked for was measured, and counts.
    pub fn is_sound(&self) -> bool {
        let counts = |figure: &Figure| figure.verdict() != Verdict::Void;
        self.failures.is_empty() && !self.figures.is_empty() && self.figures.iter().all(counts)
    }

    /// The report for a terminal.
    pub fn text(&self) -> String {
        text::of(self)
    }

    /// Writes `bench.txt`, `bench.json` and `bench.html`.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        for (name, text) in
            [("bench.txt", self.text()), ("bench.json", json::of(self)?), ("bench.html", html::of(self))]
        {
            let file = folder.join(name);
            std::fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
        }
        Ok(())
    }

    /// By id, as numbers count.
    fn sorted(&self) -> Vec<&Figure> {
        let mut figures: Vec<_> = self.figures.iter().collect();
        figures.sort_by_key(|figure| number(figure.goal.id));
        figures
    }
}

fn number(id: &str) -> u32 {
    id.trim_start_matches(|letter: char| !letter.is_ascii_digit()).parse().unwrap_or(u32::MAX)
}

/// The word for a verdict.
const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Void => "void",
        Verdict::Missed => "missed",
        Verdict::Reached => "reached",
        Verdict::Moonshot => "moonshot",
    }
}

/// Three digits that mean something, without an exponent.
fn short(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
