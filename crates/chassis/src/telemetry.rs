//! Logs through `tracing`, metrics through `metrics` in Prometheus' text form.

use std::io::IsTerminal;
use std::panic;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde::Deserialize;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::memory;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For a person's eyes.
    Pretty,
    /// Pretty on a terminal, JSON anywhere else.
    #[default]
    Auto,
}

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

const UPKEEP: Duration = Duration::from_secs(5);
const SECONDS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];
const SIZES: &[f64] = &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// Starts logging and measuring. Call it once, inside the runtime, before anything else.
pub fn init(service: &'static str, format: LogFormat, filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).with_context(|| format!("reading the log filter {filter:?}"))?;
    let lines = tracing_subscriber::registry().with(filter);
    if is_json(format) {
        lines.with(fmt::layer().json().flatten_event(true).with_span_list(false)).try_init()
    } else {
        lines.with(fmt::layer().with_ansi(std::io::stdout().is_terminal())).try_init()
    }
    .context("starting the log")?;
    log_panics();
    measure(service)
}

/// Every metric in Prometheus' text form.
pub fn metrics_text() -> String {
    if let Some(bytes) = memory::resident_bytes() {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        metrics::gauge!("process_resident_memory_bytes").set(bytes as f64);
    }
    METRICS.get().map(PrometheusHandle::render).unwrap_or_default()
}

fn is_json(format: LogFormat) -> bool {
    match format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !std::io::stdout().is_terminal(),
    }
}

fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        let said = panic.payload_as_str().unwrap_or("something that is not a text");
        tracing::error!(panic.at = at, "panicked: {said}");
    }));
}

fn measure(service: &'static str) -> anyhow::Result<()> {
    let handle = PrometheusBuilder::new()
        .add_global_label("service", service)
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), SIZES)?
        .install_recorder()
        .context("starting to measure")?;
    let handle = METRICS.get_or_init(|| handle);
    // observations pile up until they are sorted into their buckets
    tokio::spawn(async move {
        let mut beat = tokio::time::interval(UPKEEP);
        loop {
            beat.tick().await;
            handle.run_upkeep();
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn metrics_are_shown_with_their_service_and_buckets() {
        init("kitchen", LogFormat::Json, "info").unwrap();
        metrics::counter!("pizzas_total").increment(3);
        metrics::histogram!("bake_seconds").record(0.2);

        let text = metrics_text();

        assert!(text.contains("pizzas_total{service=\"kitchen\"} 3"), "{text}");
        assert!(text.contains("bake_seconds_bucket{service=\"kitchen\",le=\"0.25\"} 1"), "{text}");
        assert!(text.contains("process_resident_memory_bytes"), "{text}");
        assert!(init("kitchen", LogFormat::Json, "info").is_err());
    }
}
