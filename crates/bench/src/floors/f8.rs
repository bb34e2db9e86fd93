//! F8: `redis-benchmark`, a client written in C, calls a script as fast as Redis runs it.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::process::Command;

/// What the tool puts twelve random digits in the place of.
pub const RANDOM: &str = "__rand_int__";

/// Connections, and calls on their way on each.
const CONNECTIONS: (&str, &str) = ("50", "8");

/// The tool on the load generator's processor, with one call to repeat.
#[derive(Debug)]
pub struct CClient {
    port: String,
    call: Vec<String>,
    /// Calls per second so far: the tool is told a number of calls, not a time.
    rate: f64,
}

/// What the tool did.
#[derive(Clone, Copy, Debug)]
pub struct Calls {
    /// How many were sent.
    pub sent: u64,
    /// How many a second.
    pub rate: f64,
}

impl CClient {
    /// Will repeat `call` at the server with this address.
    pub fn new(redis: &str, call: Vec<String>) -> anyhow::Result<Self> {
        let (_, port) = redis.rsplit_once(':').context("an address names a port")?;
        Ok(Self { port: port.to_owned(), call, rate: 20_000.0 })
    }

    /// Calls for about that long.
    pub async fn run(&mut self, length: Duration) -> anyhow::Result<Calls> {
        let sent = wanted(self.rate, length);
        let (connections, pipelined) = CONNECTIONS;
        let output = Command::new("taskset")
            .args(["-c", "1", "redis-benchmark", "-p", &self.port, "-c", connections, "-P", pipelined])
            .args(["-n", &sent.to_string(), "-r", "2000000000", "--csv"])
            .args(&self.call)
            .output()
            .await
            .context("redis-benchmark, of the package redis-tools")?;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(
            output.status.success(),
            "redis-benchmark: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        self.rate = rate(&said).with_context(|| format!("redis-benchmark says no rate: {said}"))?;
        Ok(Calls { sent, rate: self.rate })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is small and not negative"
)]
fn wanted(rate: f64, length: Duration) -> u64 {
    (rate * length.as_secs_f64()).max(1_000.0) as u64
}

/// The second field of the last line; the first is the call, whatever it holds.
fn rate(csv: &str) -> Option<f64> {
    let last = csv.lines().rfind(|line| line.starts_with('"'))?;
    last.trim_matches('"').rsplit("\",\"").nth(6)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_whatever_the_call_holds() {
        let csv = "\"test\",\"rps\",\"avg_latency_ms\",\"min_latency_ms\",\"p50\",\"p95\",\"p99\",\"max\"\n\
                   \"EVALSHA a,\",\" b\",\"67114.09\",\"5.1\",\"1.2\",\"5.0\",\"7.2\",\"8.1\",\"9.9\"\n";

        assert_eq!(rate(csv), Some(67_114.09));
    }

    #[test]
    fn a_stretch_is_as_many_calls_as_fit_into_it() {
        assert_eq!(wanted(20_000.0, Duration::from_millis(500)), 10_000);
    }
}
