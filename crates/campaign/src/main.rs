//! `campaign [--size ci|nightly] [--seed N] [--only T6,T7] ...`: breaks the system on purpose, and reports.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use campaign::Size;
use campaign::report::Earlier;
use campaign::runner::{Order, run};

const USAGE: &str = "\
campaign [--size ci|nightly] [--seed N] [--only T6,T7] [--minutes N] [--agree FILE] [--out FOLDER] [--keep-logs]
campaign --list  names the scenarios

  --size       ci (default) takes minutes, nightly takes hours
  --seed       makes every plan; a run with the same seed makes the same choices (default 1)
  --only       these scenarios, separated by commas
  --minutes    nothing new begins after so long; what has begun is judged
  --agree      an earlier campaign.json of this size and seed: its verdicts must be those of this run
  --out        where the report goes (default target/campaign)
  --keep-logs  keeps the services' logs of scenarios that pass, too

Exit code 1: a scenario failed, or its verdict is another than before. The stores are those of scripts/test;
scripts/campaign does all of it.";

fn main() -> anyhow::Result<ExitCode> {
    let Some(order) = read(std::env::args().skip(1))? else {
        return Ok(ExitCode::SUCCESS);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let sound = runtime.block_on(run(&order))?;
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is asked for; `None` when it is answered already.
fn read(mut words: impl Iterator<Item = String>) -> anyhow::Result<Option<Order>> {
    let mut order = Order {
        size: Size::Ci,
        seed: 1,
        only: Vec::new(),
        keep_logs: false,
        at_most: None,
        agree: None,
        out: testkit::workspace_root().join("target/campaign"),
    };
    let mut agree: Option<PathBuf> = None;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" | "-h" => {
                println!("{USAGE}");
                return Ok(None);
            }
            "--list" => {
                for scenario in campaign::scenarios::ALL {
                    println!("{:<4} {}", scenario.id, scenario.name);
                }
                return Ok(None);
            }
            "--keep-logs" => {
                order.keep_logs = true;
                continue;
            }
            _ => {}
        }
        let value = words.next().with_context(|| format!("{word} needs a value\n{USAGE}"))?;
        match word.as_str() {
            "--size" => order.size = value.parse()?,
            "--seed" => order.seed = value.parse().context("--seed is a number")?,
            "--only" => order.only = value.split(',').map(|id| id.trim().to_uppercase()).collect(),
            "--minutes" => {
                let minutes: u32 = value.parse().context("--minutes is a number")?;
                order.at_most = Some(Duration::from_mins(minutes.into()));
            }
            "--agree" => agree = Some(PathBuf::from(value)),
            "--out" => order.out = PathBuf::from(value),
            _ => bail!("what is {word}?\n{USAGE}"),
        }
    }
    let known = |id: &String| campaign::scenarios::ALL.iter().any(|scenario| scenario.id == id);
    ensure!(order.only.iter().all(known), "--only: campaign --list names the scenarios");
    // now: the run may write to that very file
    order.agree = agree.map(|file| Earlier::read(&file, order.size, order.seed)).transpose()?;
    Ok(Some(order))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> anyhow::Result<Option<Order>> {
        read(line.split_whitespace().map(ToOwned::to_owned))
    }

    #[test]
    fn without_words_everything_runs_in_the_size_of_ci() {
        let order = words("").unwrap().unwrap();

        assert_eq!((order.size, order.seed, order.only.len(), order.keep_logs), (Size::Ci, 1, 0, false));
    }

    #[test]
    fn words_choose_size_seed_scenarios_and_folder() {
        let order = words("--size nightly --seed 7 --only t6,T7 --minutes 90 --out /tmp/here --keep-logs")
            .unwrap()
            .unwrap();

        assert_eq!((order.size, order.seed, order.keep_logs), (Size::Nightly, 7, true));
        assert_eq!(order.only, ["T6", "T7"]);
        assert_eq!(order.at_most, Some(Duration::from_mins(90)));
        assert_eq!(order.out, PathBuf::from("/tmp/here"));
    }

    #[test]
    fn what_nobody_knows_is_refused() {
        for line in [
            "--size huge",
            "--seed soon",
            "--only T99",
            "--agree /no/such/file",
            "--minutes soon",
            "--fast yes",
            "--seed",
        ] {
            assert!(words(line).is_err(), "{line}");
        }
    }
}
