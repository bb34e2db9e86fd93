//! The report as one page that needs nothing else.

use std::fmt::Write as _;

use verify::Verdict;

use super::text::verdict;
use super::{Play, Report, fault_count, faults};
use crate::outcome::Check;

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;\
color:#222}h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2rem 0 .4rem}table{border-collapse:collapse;width:100%;\
margin:.6rem 0}th,td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid #ddd}\
td.n{text-align:right;font-variant-numeric:tabular-nums}.passed{color:#17692f}.FAILED{color:#b3261e;font-weight:600}\
.bar{display:inline-block;height:.7rem;background:#4a7ab5;vertical-align:middle}pre{white-space:pre-wrap;margin:.2rem 0;\
color:#b3261e}details{margin:.3rem 0}";

/// The whole page.
pub fn of(report: &Report) -> String {
    let mut page =
        String::from("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Campaign</title>");
    let passed = verdict(report.passed());
    let _ = write!(
        page,
        "<style>{STYLE}</style><h1>Campaign: <span class=\"{passed}\">{passed}</span></h1>\
         <p>size {}, seed {}, {}: {} faults, {} orders acknowledged, {} lost, {} doubled</p>",
        report.size,
        report.seed,
        escaped(&report.origin.to_string()),
        report.sum(fault_count),
        report.sum(|outcome| outcome.acknowledged),
        report.sum(|outcome| outcome.lost),
        report.sum(|outcome| outcome.doubled),
    );
    page.push_str(&overview(report));
    for play in &report.plays {
        page.push_str(&section(play));
    }
    page.push_str("</html>\n");
    page
}

fn overview(report: &Report) -> String {
    let mut table = String::from(
        "<table><tr><th>scenario<th>verdict<th>faults<th>acknowledged<th>stored<th>lost<th>doubled\
         <th>recovery p99, ms<th>seconds",
    );
    let slowest = report.plays.iter().map(|play| play.outcome.recovery.p99).fold(1.0, f64::max);
    for play in &report.plays {
        let (outcome, passed) = (&play.outcome, verdict(play.outcome.passed()));
        let _ = write!(
            table,
            "<tr><td><a href=\"#{id}\">{id}</a> {name}<td class=\"{passed}\">{passed}<td class=\"n\">{faults}\
             <td class=\"n\">{acknowledged}<td class=\"n\">{stored}<td class=\"n\">{lost}<td class=\"n\">{doubled}\
             <td>{p99:.0} <span class=\"bar\" style=\"width:{width:.1}rem\"></span><td class=\"n\">{seconds:.0}",
            id = escaped(play.id),
            name = escaped(play.name),
            faults = fault_count(outcome),
            acknowledged = outcome.acknowledged,
            stored = outcome.stored,
            lost = outcome.lost,
            doubled = outcome.doubled,
            p99 = outcome.recovery.p99,
            width = 6.0 * outcome.recovery.p99 / slowest,
            seconds = play.seconds,
        );
    }
    table.push_str("</table>");
    table
}

fn section(play: &Play) -> String {
    let outcome = &play.outcome;
    let passed = verdict(outcome.passed());
    let mut section = format!(
        "<h2 id=\"{id}\">{id} {}: <span class=\"{passed}\">{passed}</span></h2><table>",
        escaped(play.name),
        id = escaped(play.id),
    );
    let mut row = |name: &str, value: &str| {
        let _ = write!(section, "<tr><td>{}<td>{}", escaped(name), escaped(value));
    };
    row("seed", &play.seed.to_string());
    row("faults", &faults(outcome));
    row("from the end of a fault to the next acknowledgement", &outcome.recovery.to_string());
    row("longest time without an acknowledgement", &format!("{:.0} ms", outcome.longest_stall));
    row("calls", &outcome.calls.to_string());
    for (name, value) in &outcome.figures {
        row(name, value);
    }
    section.push_str("</table><table><tr><th>what must hold<th><th>verdict");
    for check in &outcome.checks {
        section.push_str(&check_row(check));
    }
    section.push_str("</table>");
    section
}

fn check_row(check: &Check) -> String {
    let (class, findings) = match &check.verdict {
        Verdict::Holds { .. } => ("passed", String::new()),
        Verdict::Skipped { .. } => ("", String::new()),
        Verdict::Broken { findings, .. } => ("FAILED", findings.join("\n")),
    };
    let mut row = format!(
        "<tr><td>{}<td>{}<td class=\"{class}\">{}",
        escaped(&check.number),
        escaped(&check.what),
        escaped(&check.verdict.to_string())
    );
    if !findings.is_empty() {
        let _ = write!(row, "<pre>{}</pre>", escaped(&findings));
    }
    row
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
