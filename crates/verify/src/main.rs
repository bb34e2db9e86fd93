//! Checks a deployment at rest and prints the table; ends with 1 when an invariant is broken. See the library.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use chassis::settings::{self, Variable};
use serde::Deserialize;
use tokio::time::{Instant, sleep};
use verify::{Expected, Frames, Journal, Stores};

const HELP: &str = "\
Checks the invariants I1 to I9, I12 and I13 of a deployment at rest, and only reads.

Usage: verify [options]

  --journal FILE       what clients were told, as JSON lines
  --frames FILE        what screens were shown, as JSON
  --dead-letters N     records that were sent broken on purpose (default 0)
  --settle SECONDS     first waits until everything is read and told, so long at most
  --watch SECONDS      before that looks at the loads of slots while the system works (I4, I5)
  --json               the report as JSON instead of a table
  --help               this text

Environment: DATABASE_URL (required), REDIS_URL, KAFKA_BROKERS, KAFKA_TOPIC_PREFIX.
Ends with 0 when all hold, with 1 when an invariant is broken, with 2 when nothing could be said.
";

const VARIABLES: &[Variable] = &[
    Variable::new("DATABASE_URL", "", "PostgreSQL"),
    Variable::new("REDIS_URL", "redis://127.0.0.1:6379", "Redis"),
    Variable::new("KAFKA_BROKERS", "127.0.0.1:9092", "Kafka brokers, comma-separated"),
    Variable::new("KAFKA_TOPIC_PREFIX", "", "what the names of topics and groups begin with"),
];

const SAMPLE_EVERY: Duration = Duration::from_millis(50);

#[derive(Deserialize)]
struct Environment {
    database_url: String,
    redis_url: String,
    kafka_brokers: String,
    #[serde(default)]
    kafka_topic_prefix: String,
}

#[derive(Debug, Default)]
struct Options {
    journal: Option<PathBuf>,
    frames: Option<PathBuf>,
    dead_letters: u64,
    settle: Option<Duration>,
    watch: Option<Duration>,
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match run(words.into_iter()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("verify: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(words: impl Iterator<Item = String>) -> anyhow::Result<bool> {
    let options = Options::parse(words)?;
    let said: Environment = settings::read(VARIABLES)?;
    let stores = Stores {
        database_url: said.database_url,
        redis_url: said.redis_url,
        brokers: said.kafka_brokers,
        topic_prefix: said.kafka_topic_prefix,
    };
    let journal = options.journal.as_deref().map(Journal::load).transpose()?;
    let frames = options.frames.as_deref().map(Frames::load).transpose()?;

    let watched = match options.watch {
        Some(time) => watch(&stores, time).await?,
        None => true,
    };
    if let Some(deadline) = options.settle {
        verify::settled(&stores, deadline).await?;
    }
    let expected = Expected { dead_letters: options.dead_letters };
    let report = verify::verify(&stores, journal.as_ref(), frames.as_ref(), &expected).await?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(watched && report.holds())
}

/// Looks at the loads again and again; every finding is told at once.
async fn watch(stores: &Stores, time: Duration) -> anyhow::Result<bool> {
    let end = Instant::now() + time;
    let (mut samples, mut found) = (0_u64, 0_u64);
    while Instant::now() < end {
        for finding in verify::sample_loads(stores).await? {
            found += 1;
            eprintln!("sample {samples}: {finding}");
        }
        samples += 1;
        sleep(SAMPLE_EVERY).await;
    }
    eprintln!("{samples} samples of loads, {found} findings");
    Ok(found == 0)
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} needs a value"));
            match word.as_str() {
                "--journal" => options.journal = Some(value()?.into()),
                "--frames" => options.frames = Some(value()?.into()),
                "--dead-letters" => options.dead_letters = number(&word, &value()?)?,
                "--settle" => options.settle = Some(Duration::from_secs(number(&word, &value()?)?)),
                "--watch" => options.watch = Some(Duration::from_secs(number(&word, &value()?)?)),
                "--json" => options.json = true,
                other => bail!("{other} is not known; --help lists what is"),
            }
        }
        Ok(options)
    }
}

fn number(option: &str, text: &str) -> anyhow::Result<u64> {
    text.parse().with_context(|| format!("{option} takes a number, not {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> anyhow::Result<Options> {
        Options::parse(words.split_whitespace().map(ToOwned::to_owned))
    }

    #[test]
    fn options_are_read_and_others_refused() {
        let options = parse("--journal j.jsonl --settle 30 --json").unwrap();

        assert_eq!(options.journal, Some("j.jsonl".into()));
        assert_eq!((options.settle, options.json), (Some(Duration::from_secs(30)), true));
        assert_eq!(parse("--settle soon").unwrap_err().to_string(), "--settle takes a number, not \"soon\"");
        assert_eq!(parse("--journal").unwrap_err().to_string(), "--journal needs a value");
        assert!(parse("--mend").is_err());
    }
}
