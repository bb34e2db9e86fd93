//! The report for programs: what was measured, and what follows from it.

use anyhow::Context as _;
use serde::Serialize;

use super::{Failure, Machine, Report, word};
use crate::figure::Figure;

#[derive(Serialize)]
struct Document<'a> {
    size: &'a str,
    seed: u64,
    seconds: u64,
    is_sound: bool,
    machine: &'a Machine,
    figures: Vec<Measured<'a>>,
    failures: &'a [Failure],
}

#[derive(Serialize)]
struct Measured<'a> {
    #[serde(flatten)]
    figure: &'a Figure,
    ratio: f64,
    /// Smallest and largest of a round.
    spread: (f64, f64),
    /// Of the median, 95 %.
    interval: (f64, f64),
    verdict: &'static str,
}

/// The whole report.
pub fn of(report: &Report) -> anyhow::Result<String> {
    let figures = report.sorted().into_iter().map(|figure| Measured {
        figure,
        ratio: figure.ratio(),
        spread: figure.spread(),
        interval: figure.interval(),
        verdict: word(figure.verdict()),
    });
    let document = Document {
        size: report.size,
        seed: report.seed,
        seconds: report.seconds,
        is_sound: report.is_sound(),
        machine: &report.machine,
        figures: figures.collect(),
        failures: &report.failures,
    };
    serde_json::to_string_pretty(&document).context("writing JSON")
}
