//! What came of a scenario.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use verify::Verdict;

use crate::spread::Spread;

/// Figures and verdicts of one scenario.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// What was done to the system, and how often.
    pub faults: Vec<(String, usize)>,
    /// Orders that customers hold an acknowledgement for.
    pub acknowledged: u64,
    /// Orders that are stored.
    pub stored: u64,
    /// Acknowledged and not stored.
    pub lost: u64,
    /// Stored more than once.
    pub doubled: u64,
    /// Booked into slots that had no room for them: accepted after their hold was lost with Redis' memory.
    pub above_limits: u64,
    /// From the end of each fault to the next acknowledgement.
    pub recovery: Spread,
    /// Each of those times, from which `recovery` is made.
    #[serde(skip)]
    pub recovered: Vec<Duration>,
    /// The longest time without an acknowledgement, in milliseconds.
    pub longest_stall: f64,
    /// How long calls took.
    pub calls: Spread,
    /// More figures, as name and text.
    pub figures: Vec<(String, String)>,
    /// What must hold.
    pub checks: Vec<Check>,
}

/// One thing that must hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Check {
    /// `I1` and so on for invariants, the scenario's number for its own claims.
    pub number: String,
    /// What must hold.
    pub what: String,
    /// Whether it does.
    pub verdict: Verdict,
}

impl Outcome {
    /// Whether everything holds.
    pub fn passed(&self) -> bool {
        self.failures().is_empty()
    }

    /// What does not hold.
    pub fn failures(&self) -> Vec<&Check> {
        self.checks.iter().filter(|check| matches!(check.verdict, Verdict::Broken { .. })).collect()
    }

    /// One more figure.
    #[expect(clippy::needless_pass_by_value, reason = "a figure is written where it is made")]
    pub fn figure(&mut self, name: &str, value: impl ToString) {
        self.figures.push((name.to_owned(), value.to_string()));
    }

    /// One more thing that must hold; `found` says what was measured.
    pub fn expect(&mut self, number: &str, what: &str, holds: bool, found: impl ToString) {
        let verdict = if holds {
            Verdict::Holds { checked: 1 }
        } else {
            Verdict::Broken { findings: vec![found.to_string()], count: 1 }
        };
        self.figure(what, found);
        self.checks.push(Check { number: number.to_owned(), what: what.to_owned(), verdict });
    }

    /// Takes in what came of one more round: figures are added up or stand side by side, and what was broken once
    /// stays broken.
    pub fn absorb(&mut self, round: Self) {
        for (kind, count) in round.faults {
            match self.faults.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, sum)) => *sum += count,
                None => self.faults.push((kind, count)),
            }
        }
        self.acknowledged += round.acknowledged;
        self.stored += round.stored;
        self.lost += round.lost;
        self.doubled += round.doubled;
        self.above_limits += round.above_limits;
        self.recovered.extend(round.recovered);
        self.recovery = Spread::of(self.recovered.clone());
        self.longest_stall = self.longest_stall.max(round.longest_stall);
        self.calls = self.calls.worse(round.calls);
        for (name, value) in round.figures {
            match self.figures.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => *values = format!("{values}; {value}"),
                None => self.figures.push((name, value)),
            }
        }
        for check in round.checks {
            match self.checks.iter_mut().find(|known| known.what == check.what) {
                Some(known) => known.absorb(check.verdict),
                None => self.checks.push(check),
            }
        }
    }

    /// The verdicts of the invariants.
    pub fn invariants(&mut self, report: verify::Report) {
        self.checks.extend(report.checks.into_iter().map(|(number, what, verdict)| Check {
            number: number.to_owned(),
            what: what.to_owned(),
            verdict,
        }));
    }
}

impl Check {
    /// The verdict on both.
    fn absorb(&mut self, other: Verdict) {
        match (&mut self.verdict, other) {
            (Verdict::Broken { findings, count }, Verdict::Broken { findings: more, count: other }) => {
                findings.extend(more);
                *count += other;
            }
            (Verdict::Holds { checked }, Verdict::Holds { checked: other }) => *checked += other,
            (mine @ (Verdict::Holds { .. } | Verdict::Skipped { .. }), other @ Verdict::Broken { .. })
            | (mine @ Verdict::Skipped { .. }, other @ Verdict::Holds { .. }) => *mine = other,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_broken_in_one_round_stays_broken() {
        let round = |acknowledged, holds, took| {
            let recovered = vec![Duration::from_millis(took)];
            let mut outcome = Outcome { acknowledged, recovered, ..Outcome::default() };
            outcome.faults.push(("kill menu".to_owned(), 1));
            outcome.expect("T6", "it comes back", holds, took);
            outcome
        };
        let mut whole = Outcome::default();

        for each in [round(5, true, 10), round(6, false, 30), round(7, true, 20)] {
            whole.absorb(each);
        }

        assert_eq!((whole.acknowledged, whole.faults.clone()), (18, vec![("kill menu".to_owned(), 3)]));
        assert_eq!((whole.recovery.count, whole.recovery.p50), (3, 20.0));
        assert_eq!(whole.figures, [("it comes back".to_owned(), "10; 30; 20".to_owned())]);
        let broken: Vec<_> = whole.failures().iter().map(|check| check.verdict.clone()).collect();
        assert_eq!(broken, [Verdict::Broken { findings: vec!["30".to_owned()], count: 1 }]);
    }
}
