//! The report for a terminal: the table, then what there is to know.

use std::fmt::Write as _;

use super::{Report, short, word};
use crate::figure::{Better, Figure};
use crate::run::stats;

const HEAD: [&str; 9] =
    ["id", "variant", "ours", "floor", "ratio", "95 % interval", "target", "moonshot", "verdict"];

/// The whole report.
pub fn of(report: &Report) -> String {
    let mut text = format!("bench, {}, seed {}, {} s\n\n", report.size, report.seed, report.seconds);
    text.push_str(&table(&report.sorted()));
    text.push('\n');
    for figure in report.sorted() {
        let _ = writeln!(text, "{} {}: {}", figure.goal.id, figure.name, figure.goal.what);
        if let Some(why) = &figure.void {
            let _ = writeln!(text, "     void: {why}");
        }
        for note in &figure.notes {
            let _ = writeln!(text, "     {note}");
        }
        for (name, value) in &figure.details {
            let _ = writeln!(text, "     {name}: {value}");
        }
    }
    for failure in &report.failures {
        let _ = writeln!(text, "{} could not be measured: {}", failure.id, failure.why);
    }
    text.push('\n');
    for (name, value) in report.machine.lines() {
        let _ = writeln!(text, "{name:<26}{value}");
    }
    text
}

fn table(figures: &[&Figure]) -> String {
    let mut rows = vec![HEAD.map(ToOwned::to_owned)];
    rows.extend(figures.iter().map(|figure| cells(figure)));
    let widths: Vec<usize> = (0..HEAD.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default())
        .collect();
    let mut table = String::new();
    for row in &rows {
        let padded: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(table, "{}", padded.join("  ").trim_end());
    }
    table
}

fn cells(figure: &Figure) -> [String; 9] {
    let of = |side: fn(&crate::figure::Round) -> f64| {
        let values: Vec<f64> = figure.rounds.iter().map(side).collect();
        format!("{} {}", short(stats::median(&values)), figure.unit)
    };
    let (low, high) = figure.interval();
    let sign = match figure.goal.better {
        Better::Higher => ">=",
        Better::Lower => "<=",
    };
    [
        figure.goal.id.to_owned(),
        figure.name.clone(),
        of(|round| round.ours),
        of(|round| round.floor),
        short(figure.ratio()),
        format!("{} .. {}", short(low), short(high)),
        format!("{sign} {}", figure.goal.target),
        format!("{sign} {}", figure.goal.moonshot),
        word(figure.verdict()).to_owned(),
    ]
}
