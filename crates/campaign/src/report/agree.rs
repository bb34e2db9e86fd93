//! Whether a run comes to the verdicts of an earlier one. Figures differ from run to run; with the same seed the
//! verdicts must not.

use std::collections::BTreeMap;
use std::mem::discriminant;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use verify::Verdict;

use super::{Play, Report};
use crate::outcome::Check;
use crate::scenario::Size;

/// An earlier run, as far as its `campaign.json` is compared.
#[derive(Clone, Debug, Deserialize)]
pub struct Earlier {
    size: String,
    seed: u64,
    plays: Vec<EarlierPlay>,
}

#[derive(Clone, Debug, Deserialize)]
struct EarlierPlay {
    id: String,
    outcome: EarlierOutcome,
}

#[derive(Clone, Debug, Deserialize)]
struct EarlierOutcome {
    checks: Vec<Check>,
}

impl Earlier {
    /// Reads a `campaign.json`; a run with another size or seed has other plans, and is refused.
    pub fn read(file: &Path, size: Size, seed: u64) -> anyhow::Result<Self> {
        let json = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let earlier: Self =
            serde_json::from_slice(&json).with_context(|| format!("{} is no report", file.display()))?;
        ensure!(
            (earlier.size.as_str(), earlier.seed) == (size.word(), seed),
            "{} is of size {} and seed {}",
            file.display(),
            earlier.size,
            earlier.seed
        );
        Ok(earlier)
    }

    /// Where the verdicts of `report` are others; scenarios that only the earlier run had do not count.
    pub fn differences(&self, report: &Report) -> Vec<String> {
        report.plays.iter().flat_map(|play| self.of(play)).collect()
    }

    fn of(&self, play: &Play) -> Vec<String> {
        let Some(then) = self.plays.iter().find(|then| then.id == play.id) else {
            return vec![format!("{} was not played then", play.id)];
        };
        let (now, then) = (verdicts(&play.outcome.checks), verdicts(&then.outcome.checks));
        let both = now.keys().chain(then.keys().filter(|check| !now.contains_key(*check)));
        let differs = |check: &&(&str, &str)| {
            let kind = |verdicts: &BTreeMap<_, &Verdict>| verdicts.get(*check).map(|one| discriminant(*one));
            kind(&now) != kind(&then)
        };
        let told = |verdict: Option<&&Verdict>| verdict.map_or("not checked".to_owned(), ToString::to_string);
        both.filter(differs)
            .map(|check| {
                let (number, what) = check;
                let (now, then) = (told(now.get(check)), told(then.get(check)));
                format!("{}, {number} {what}: {now}, and then: {then}", play.id)
            })
            .collect()
    }
}

fn verdicts(checks: &[Check]) -> BTreeMap<(&str, &str), &Verdict> {
    checks.iter().map(|check| ((check.number.as_str(), check.what.as_str()), &check.verdict)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Outcome;
    use crate::report::Origin;

    fn report(ids: &[&'static str], holds: bool) -> Report {
        let mut report = Report::new(Size::Ci, 7, Origin::here());
        for id in ids {
            let mut outcome = Outcome::default();
            outcome.expect("T6", "it comes back", holds, "900 ms");
            report.plays.push(Play { id, name: "things break", seed: 7, seconds: 1.0, outcome });
        }
        report
    }

    /// As it was written to a file and is read again.
    fn earlier(report: &Report, seed: u64) -> anyhow::Result<Earlier> {
        let folder = testkit::Scratch::new("agree");
        report.write(folder.path()).unwrap();
        Earlier::read(&folder.path().join("campaign.json"), Size::Ci, seed)
    }

    #[test]
    fn a_report_agrees_with_itself_and_with_one_that_has_more_scenarios() {
        let then = earlier(&report(&["T6", "T7"], true), 7).unwrap();

        assert!(then.differences(&report(&["T6"], true)).is_empty());
    }

    #[test]
    fn another_verdict_and_a_scenario_that_was_not_played_are_differences() {
        let then = earlier(&report(&["T6"], true), 7).unwrap();

        assert_eq!(
            then.differences(&report(&["T6", "T9"], false)),
            [
                "T6, T6 it comes back: BROKEN (1 findings), and then: holds (1 checked)",
                "T9 was not played then"
            ]
        );
        let mut unasked = report(&["T6"], true);
        unasked.plays[0].outcome.checks.clear();
        assert_eq!(
            then.differences(&unasked),
            ["T6, T6 it comes back: not checked, and then: holds (1 checked)"]
        );
    }

    #[test]
    fn a_run_of_another_seed_is_not_compared() {
        assert!(earlier(&report(&["T6"], true), 8).is_err());
    }
}
