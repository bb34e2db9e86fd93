//! A figure as a picture: its rounds, the interval of their median, and the two goals on one line.

use std::fmt::Write as _;

use super::word;
use crate::figure::{Better, Figure};

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 34.0;
const MIDDLE: f64 = 14.0;
/// Room for the outermost mark.
const MARGIN: f64 = 6.0;

/// One SVG element.
pub fn of(figure: &Figure) -> String {
    let ratios: Vec<f64> = figure.rounds.iter().map(crate::figure::Round::ratio).collect();
    let scale = Scale::of(figure);
    let (low, high) = figure.interval();
    let verdict = word(figure.verdict());
    let mut svg = format!(
        "<svg class=\"chart {verdict}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"ratio {:.3}, goals {} \
         and {}\"><line class=\"axis\" x1=\"0\" x2=\"{WIDTH}\" y1=\"{MIDDLE}\" y2=\"{MIDDLE}\"/>",
        figure.ratio(),
        figure.goal.target,
        figure.goal.moonshot,
    );
    for (name, at) in [("target", figure.goal.target), ("moonshot", figure.goal.moonshot)] {
        let x = scale.x(at);
        let _ = write!(
            svg,
            "<line class=\"goal\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"2\" y2=\"26\"><title>{name} {at}</title></line>\
             <text x=\"{x:.1}\" y=\"33\" text-anchor=\"middle\">{at}</text>"
        );
    }
    if !ratios.is_empty() {
        let (from, to) = (scale.x(low), scale.x(high));
        let width = (to - from).max(1.5);
        let top = MIDDLE - 4.0;
        let _ = write!(
            svg,
            "<rect class=\"interval\" x=\"{from:.1}\" width=\"{width:.1}\" y=\"{top}\" height=\"8\"/>"
        );
    }
    for ratio in &ratios {
        let x = scale.x(*ratio);
        let _ =
            write!(svg, "<circle cx=\"{x:.1}\" cy=\"{MIDDLE}\" r=\"2.6\"><title>{ratio:.3}</title></circle>");
    }
    svg.push_str("</svg>");
    svg
}

/// From nothing to a little more than everything that is shown; for costs to at most ten times the target.
struct Scale {
    most: f64,
}

impl Scale {
    fn of(figure: &Figure) -> Self {
        let (_, largest) = figure.spread();
        let goals = figure.goal.target.max(figure.goal.moonshot);
        let wanted = if largest.is_finite() { goals.max(largest) } else { goals };
        let most = match figure.goal.better {
            Better::Higher => wanted,
            Better::Lower => wanted.min(10.0 * figure.goal.target),
        };
        Self { most: most * 1.05 }
    }

    fn x(&self, value: f64) -> f64 {
        let share = (value / self.most).clamp(0.0, 1.0);
        MARGIN + share * (WIDTH - 2.0 * MARGIN)
    }
}
