//! The report as lines of text.

use std::fmt::Write as _;

use super::{Play, Report, fault_count, faults};

/// The whole report.
pub fn of(report: &Report) -> String {
    let Report { size, seed, origin, .. } = report;
    let mut text = format!("campaign: size {size}, seed {seed}, {origin}\n\n");
    for play in &report.plays {
        text.push_str(&one(play));
    }
    let _ = writeln!(
        text,
        "{}: {} scenarios, {} faults, {} acknowledged, {} lost, {} doubled",
        verdict(report.passed()),
        report.plays.len(),
        report.sum(fault_count),
        report.sum(|outcome| outcome.acknowledged),
        report.sum(|outcome| outcome.lost),
        report.sum(|outcome| outcome.doubled),
    );
    if !report.left_out.is_empty() {
        let _ = writeln!(text, "no time was left for {}", report.left_out.join(", "));
    }
    text
}

fn one(play: &Play) -> String {
    let Play { id, name, seed, seconds, outcome } = play;
    let mut text = format!("{id:<4} {}  {name} (seed {seed}, {seconds:.0} s)\n", verdict(outcome.passed()));
    let mut line = |what: &str, value: &str| {
        let _ = writeln!(text, "     {what}: {value}");
    };
    if !outcome.faults.is_empty() {
        line("faults", &faults(outcome));
    }
    line(
        "orders",
        &format!(
            "{} acknowledged, {} stored, {} lost, {} doubled",
            outcome.acknowledged, outcome.stored, outcome.lost, outcome.doubled
        ),
    );
    line("from the end of a fault to the next acknowledgement", &outcome.recovery.to_string());
    line("longest time without an acknowledgement", &format!("{:.0} ms", outcome.longest_stall));
    line("calls", &outcome.calls.to_string());
    for (name, value) in &outcome.figures {
        line(name, value);
    }
    for check in &outcome.checks {
        let _ = writeln!(text, "     {:<5} {}: {}", check.number, check.what, check.verdict);
        if let verify::Verdict::Broken { findings, .. } = &check.verdict {
            for finding in findings {
                let _ = writeln!(text, "           {finding}");
            }
        }
    }
    text.push('\n');
    text
}

pub const fn verdict(passed: bool) -> &'static str {
    if passed { "passed" } else { "FAILED" }
}
