//! The report as one page that needs nothing else.

use std::fmt::Write as _;

use super::{Report, chart, short, word};
use crate::figure::{Better, Figure, Round};
use crate::run::stats;

const STYLE: &str = include_str!("page.css");

/// The whole page.
pub fn of(report: &Report) -> String {
    let figures = report.sorted();
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Benchmark</title>",
    );
    let _ =
        write!(page, "<style>{STYLE}</style></head><body><h1>Ratios to the floors</h1>{}", summary(report));
    page.push_str(
        "<p>A floor is a program with the same libraries, stores and processor, and no business code. Marks are \
         rounds, the bar is the 95 % interval of their median, the lines are target and moonshot. A goal is reached \
         when the worse end of the bar passes it.</p>",
    );
    page.push_str(&table(&figures));
    page.push_str("<h2>What there is to know</h2>");
    for figure in &figures {
        page.push_str(&section(figure));
    }
    for failure in &report.failures {
        let _ = write!(
            page,
            "<h3>{} could not be measured</h3><p class=\"void\">{}</p>",
            escaped(failure.id),
            escaped(&failure.why)
        );
    }
    page.push_str("<h2>Machine</h2><table><tbody>");
    for (name, value) in report.machine.lines() {
        let _ = write!(page, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", escaped(name), escaped(&value));
    }
    page.push_str("</tbody></table></body></html>\n");
    page
}

fn summary(report: &Report) -> String {
    let mut counts = String::new();
    for verdict in ["moonshot", "reached", "missed", "void"] {
        let count = report.figures.iter().filter(|figure| word(figure.verdict()) == verdict).count();
        let _ = write!(counts, "<span class=\"badge {verdict}\">{count} {verdict}</span> ");
    }
    format!("<p>{counts}</p><p>{}, seed {}, {} s</p>", escaped(report.size), report.seed, report.seconds)
}

fn table(figures: &[&Figure]) -> String {
    let mut table = String::from(
        "<div class=\"wide\"><table><thead><tr><th>figure</th><th>ours</th><th>floor</th><th>ratio</th>\
         <th>95 % interval</th><th>goals</th><th>verdict</th></tr></thead><tbody>",
    );
    for figure in figures {
        let (low, high) = figure.interval();
        let verdict = word(figure.verdict());
        let _ = write!(
            table,
            "<tr><th scope=\"row\">{id} <span>{name}</span></th><td class=\"n\">{ours}</td><td class=\"n\">{floor}</td>\
             <td class=\"n\"><b>{ratio}</b></td><td class=\"n\">{low} .. {high}</td><td class=\"n\">{goals}</td>\
             <td><span class=\"badge {verdict}\">{verdict}</span></td></tr><tr class=\"picture\"><td colspan=\"7\">{chart}</td></tr>",
            id = escaped(figure.goal.id),
            name = escaped(&figure.name),
            ours = side(figure, |round| round.ours),
            floor = side(figure, |round| round.floor),
            ratio = short(figure.ratio()),
            low = short(low),
            high = short(high),
            goals = goals(figure),
            chart = chart::of(figure),
        );
    }
    table.push_str("</tbody></table></div>");
    table
}

fn side(figure: &Figure, of: fn(&Round) -> f64) -> String {
    let values: Vec<f64> = figure.rounds.iter().map(of).collect();
    format!("{} <small>{}</small>", short(stats::median(&values)), escaped(figure.unit))
}

fn goals(figure: &Figure) -> String {
    let sign = match figure.goal.better {
        Better::Higher => "&ge;",
        Better::Lower => "&le;",
    };
    format!("{sign} {}, {sign} {}", figure.goal.target, figure.goal.moonshot)
}

fn section(figure: &Figure) -> String {
    let mut section = format!(
        "<h3>{} {}</h3><p>{}</p>",
        escaped(figure.goal.id),
        escaped(&figure.name),
        escaped(figure.goal.what)
    );
    if let Some(why) = &figure.void {
        let _ = write!(section, "<p class=\"void\">counts for nothing: {}</p>", escaped(why));
    }
    if !figure.notes.is_empty() {
        section.push_str("<ul>");
        for note in &figure.notes {
            let _ = write!(section, "<li>{}</li>", escaped(note));
        }
        section.push_str("</ul>");
    }
    section.push_str("<details><summary>rounds and more numbers</summary><table><tbody>");
    for (number, round) in (1..).zip(&figure.rounds) {
        let _ = write!(
            section,
            "<tr><th scope=\"row\">round {number}</th><td class=\"n\">{} / {} = {}</td></tr>",
            short(round.ours),
            short(round.floor),
            short(round.ratio())
        );
    }
    for (name, value) in &figure.details {
        let (name, value) = (escaped(name), escaped(value));
        let _ = write!(section, "<tr><th scope=\"row\">{name}</th><td class=\"n\">{value}</td></tr>");
    }
    section.push_str("</tbody></table></details>");
    section
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
