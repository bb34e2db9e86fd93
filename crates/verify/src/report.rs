//! Verdicts, for people and for programs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most findings of one invariant that are listed.
const MOST_LISTED: usize = 20;

/// One verdict per invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Number of the invariant, what it says, and whether it holds.
    pub checks: Vec<(&'static str, &'static str, Verdict)>,
}

/// Whether an invariant holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything that was looked at is as it should be.
    Holds {
        /// How many things were looked at.
        checked: u64,
    },
    /// Something is not.
    Broken {
        /// The first twenty.
        findings: Vec<String>,
        /// All of them.
        count: u64,
    },
    /// There was nothing to look at.
    Skipped {
        /// What is missing.
        why: String,
    },
}

impl Report {
    /// Whether no invariant is broken.
    pub fn holds(&self) -> bool {
        self.broken().is_empty()
    }

    /// Numbers of the broken invariants.
    pub fn broken(&self) -> Vec<&'static str> {
        let broken = self.checks.iter().filter(|(_, _, verdict)| matches!(verdict, Verdict::Broken { .. }));
        broken.map(|(number, _, _)| *number).collect()
    }

    /// The verdict on one invariant.
    pub fn verdict(&self, number: &str) -> Option<&Verdict> {
        self.checks.iter().find(|(each, _, _)| *each == number).map(|(_, _, verdict)| verdict)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.checks.iter().map(|(_, what, _)| what.chars().count()).max().unwrap_or_default();
        for (number, what, verdict) in &self.checks {
            writeln!(f, "{number:<4} {what:<width$}  {verdict}")?;
            if let Verdict::Broken { findings, .. } = verdict {
                for finding in findings {
                    writeln!(f, "       {finding}")?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds { checked } => write!(f, "holds ({checked} checked)"),
            Self::Broken { count, .. } => write!(f, "BROKEN ({count} findings)"),
            Self::Skipped { why } => write!(f, "skipped: {why}"),
        }
    }
}

/// Collects what one invariant looks at.
#[derive(Debug, Default)]
pub struct Tally {
    checked: u64,
    findings: Vec<String>,
    count: u64,
}

impl Tally {
    /// One more thing that was looked at.
    pub fn look(&mut self) {
        self.checked += 1;
    }

    /// Something is not as it should be.
    pub fn find(&mut self, finding: impl Into<String>) {
        self.count += 1;
        if self.findings.len() < MOST_LISTED {
            self.findings.push(finding.into());
        }
    }

    /// One more thing that was looked at, and is wrong unless `sound`.
    pub fn expect(&mut self, sound: bool, finding: impl FnOnce() -> String) {
        self.look();
        if !sound {
            self.find(finding());
        }
    }

    /// Everything that was found, as far as it is listed.
    pub fn into_findings(self) -> Vec<String> {
        self.findings
    }
}

impl From<Tally> for Verdict {
    fn from(tally: Tally) -> Self {
        let Tally { checked, findings, count } = tally;
        if count == 0 { Self::Holds { checked } } else { Self::Broken { findings, count } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_table_with_the_first_findings() {
        let mut tally = Tally::default();
        for number in 0..25 {
            tally.expect(number % 2 == 1, || format!("order {number}"));
        }
        tally.find("another");
        let report = Report {
            checks: vec![
                ("I1", "no order is lost", Verdict::Holds { checked: 7 }),
                ("I2", "none is there twice", tally.into()),
                ("I7", "screens", Verdict::Skipped { why: "no frames".to_owned() }),
            ],
        };

        let text = report.to_string();

        assert!(text.starts_with(
            "I1   no order is lost     holds (7 checked)\nI2   none is there twice  BROKEN (14 findings)\n       order 0\n"
        ));
        assert!(text.ends_with("I7   screens              skipped: no frames\n"));
        assert_eq!((report.holds(), report.broken()), (false, vec!["I2"]));
    }
}
