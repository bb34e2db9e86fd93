//! What the run ran on.

use std::path::Path;
use std::process::Command;

use serde::Serialize;
use testkit::{TestDb, workspace_root};
use tokio_postgres::NoTls;

use crate::run::machine::{Ticks, load};

/// The machine, its programs, and how busy it was with other things.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Machine {
    /// What was measured.
    pub commit: String,
    /// Of the compiler.
    pub rustc: String,
    /// Of the broker.
    pub kafka: String,
    /// Of the database.
    pub postgres: String,
    /// Of Redis.
    pub redis: String,
    /// Of Linux.
    pub kernel: String,
    /// What the processor calls itself.
    pub processor: String,
    /// How many of them.
    pub processors: usize,
    /// Load average before the run.
    pub load_before: f64,
    /// Load average after it.
    pub load_after: f64,
    /// Share of the processors' time that a hypervisor took away.
    pub stolen_percent: f64,
    /// Rounds that count although the machine's own speed differed by more than 15 % between their ends.
    pub unsteady_rounds: usize,
}

/// Since when.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    load: f64,
    ticks: Ticks,
}

impl Machine {
    /// Begins to look.
    pub fn watch() -> Watch {
        Watch { load: load(), ticks: Ticks::now() }
    }

    /// What there was since then.
    pub async fn describe(since: Watch, unsteady_rounds: usize) -> Self {
        Self {
            commit: commit(),
            rustc: said("rustc", &["--version"]),
            kafka: kafka(&workspace_root()),
            postgres: postgres().await.unwrap_or_default(),
            redis: said("redis-server", &["--version"])
                .split(' ')
                .nth(2)
                .unwrap_or_default()
                .replace("v=", ""),
            kernel: std::fs::read_to_string("/proc/sys/kernel/osrelease")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            processor: processor(&std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default()),
            processors: processors(&std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default()),
            load_before: since.load,
            load_after: load(),
            stolen_percent: Ticks::now().stolen_since(since.ticks),
            unsteady_rounds,
        }
    }

    /// Everything, with its name.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        vec![
            ("commit", self.commit.clone()),
            ("compiler", self.rustc.clone()),
            ("Kafka", self.kafka.clone()),
            ("PostgreSQL", self.postgres.clone()),
            ("Redis", self.redis.clone()),
            ("kernel", self.kernel.clone()),
            ("processor", format!("{} x {}", self.processors, self.processor)),
            ("load average", format!("{:.2} before, {:.2} after", self.load_before, self.load_after)),
            ("stolen by the hypervisor", format!("{:.2} %", self.stolen_percent)),
            ("unsteady rounds", self.unsteady_rounds.to_string()),
        ]
    }
}

fn commit() -> String {
    let root = workspace_root().display().to_string();
    let hash = said("git", &["-C", &root, "rev-parse", "--short=10", "HEAD"]);
    let changed = !said("git", &["-C", &root, "status", "--porcelain"]).is_empty();
    if changed { format!("{hash} and changes") } else { hash }
}

async fn postgres() -> Option<String> {
    let db = TestDb::fresh().await;
    let (client, connection) = tokio_postgres::connect(db.url(), NoTls).await.ok()?;
    tokio::spawn(connection);
    let row = client.query_one("SHOW server_version", &[]).await.ok()?;
    row.try_get(0).ok()
}

/// The broker's own archive is named after its version.
fn kafka(root: &Path) -> String {
    let files = std::fs::read_dir(root.join(".pizzeria/kafka-libs")).into_iter().flatten().flatten();
    let names = files.filter_map(|file| file.file_name().into_string().ok());
    let version = |name: String| Some(name.strip_prefix("kafka-server-")?.strip_suffix(".jar")?.to_owned());
    names
        .filter_map(version)
        .find(|version| version.starts_with(|first: char| first.is_ascii_digit()))
        .unwrap_or_else(|| "of KAFKA_BROKERS".to_owned())
}

fn processor(cpuinfo: &str) -> String {
    let line = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
    line.and_then(|line| line.split_once(':')).map_or_else(String::new, |(_, name)| name.trim().to_owned())
}

fn processors(cpuinfo: &str) -> usize {
    cpuinfo.lines().filter(|line| line.starts_with("processor")).count()
}

/// What a program says; nothing when there is none.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_is_called_as_it_calls_itself() {
        let cpuinfo =
            "processor\t: 0\nmodel name\t: A processor @ 2 GHz\n\nprocessor\t: 1\nmodel name\t: Another\n";

        assert_eq!(processor(cpuinfo), "A processor @ 2 GHz");
        assert_eq!(processors(cpuinfo), 2);
    }
}
