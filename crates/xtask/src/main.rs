//! What a developer asks of the house beside building it: `cargo xtask <command>`.
//!
//! Against a running `scripts/up`: keys, tokens, topics, a first order, frames as they come.
//! Against the checkout: `check`, the house rules by machine.

mod arguments;
mod check;
mod demo;
mod keys;
mod order;
mod settings;
mod token;
mod topics;

use std::{path::Path, process::ExitCode};

use anyhow::bail;

use crate::settings::Settings;

const HELP: &str = "\
cargo xtask <command>

  check                       the house rules, checked by machine; what CI runs
  keys [FOLDER]               development keys and secret, made once (default .pizzeria/up)
  token --role ROLE           a development token; refused unless ENV=development
        --branch BRANCH...    for these branches, or
        --chain               for the whole chain
        [--subject UUID] [--hours N]
  topics                      creates the topics that are missing on KAFKA_BROKERS
  demo                        loads the demo pizzeria: two branches and a menu; again changes nothing
  first-order                 places an order by gRPC, shows its frame on a tablet, cooks it
        [--product NAME] [--branch BRANCH] [--later HOURS]
  watch [--office]            prints every frame of a tablet's (or the office's) socket
        [--branch BRANCH]

A BRANCH is its UUID, or `main` for the default one.
Settings are read from the environment, and what is not there from .pizzeria/up/env.
";

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match run(words.into_iter()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(mut words: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."));
    let command = words.next().unwrap_or_default();
    let settings = || Settings::read(root);
    match command.as_str() {
        "check" => check::run(root),
        "keys" => keys::run(root, words),
        "token" => token::run(&settings()?, words),
        "topics" => topics::run(&settings()?).await,
        "demo" => demo::run(&settings()?).await,
        "first-order" => order::first::run(&settings()?, words).await,
        "watch" => order::watch::run(&settings()?, words).await,
        "" | "help" => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("`{other}` is no command of xtask\n\n{HELP}"),
    }
}
