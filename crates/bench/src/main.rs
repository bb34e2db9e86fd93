//! `bench [--quick|--full] [--only P1,P4] [--seed N] [--out FOLDER]`: measures, and reports ratios.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use bench::figure::Size;
use bench::run::place;
use bench::{floors, plan};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "\
bench [--quick|--full] [--only P1,P4] [--seed N] [--out FOLDER]
bench --list                 names the figures
bench floor NAME ARGUMENTS   runs a floor program

  --quick  3 rounds of 0.6 s (default), the table in under 5 minutes
  --full   7 rounds of 1 s, the table in about 15 minutes
  --only   these figures, separated by commas
  --seed   of everything that is drawn (default 1)
  --out    where bench.txt, bench.json and bench.html go (default target/bench)

Exit code 1: a figure could not be measured, or counts for nothing. The stores are those of scripts/test;
scripts/bench does all of it.";

fn main() -> anyhow::Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [first, name, arguments @ ..] = words.as_slice()
        && first == "floor"
    {
        runtime()?.block_on(floors::run(name, arguments))?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(order) = read(words.into_iter())? else { return Ok(ExitCode::SUCCESS) };
    // before there are threads: they and the children go along
    place::on_load_processor()?;
    let sound = runtime()?.block_on(until_told(plan::run(&order)))?;
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Who is told to end ends everything that was started, and only then itself.
async fn until_told<T>(run: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = run => outcome,
        _ = terminate.recv() => bail!("told to end"),
        _ = tokio::signal::ctrl_c() => bail!("told to end"),
    }
}

/// As the services make theirs: as many workers as there are processors to use.
fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}

/// What is asked for; `None` when it is answered already.
fn read(mut words: impl Iterator<Item = String>) -> anyhow::Result<Option<plan::Order>> {
    let mut order = plan::Order {
        name: "quick",
        size: Size::QUICK,
        seed: 1,
        only: Vec::new(),
        out: testkit::workspace_root().join("target/bench"),
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" | "-h" => {
                println!("{USAGE}");
                return Ok(None);
            }
            "--list" => {
                for (id, what) in plan::FIGURES {
                    println!("{id:<4} {what}");
                }
                return Ok(None);
            }
            "--quick" => (order.name, order.size) = ("quick", Size::QUICK),
            "--full" => (order.name, order.size) = ("full", Size::FULL),
            _ => {
                let value = words.next().with_context(|| format!("{word} needs a value\n{USAGE}"))?;
                match word.as_str() {
                    "--only" => order.only = value.split(',').map(|id| id.trim().to_uppercase()).collect(),
                    "--seed" => order.seed = value.parse().context("--seed is a number")?,
                    "--out" => order.out = PathBuf::from(value),
                    _ => bail!("what is {word}?\n{USAGE}"),
                }
            }
        }
    }
    let known = |id: &String| plan::FIGURES.iter().any(|(known, _)| known == id);
    ensure!(order.only.iter().all(known), "--only: bench --list names the figures");
    Ok(Some(order))
}
