//! What every process is told alike.

use serde::Deserialize;

use super::{Variable, read};
use crate::telemetry::{self, LogFormat};

/// Where the process runs, and how it logs.
#[derive(Clone, Debug, Deserialize)]
pub struct Process {
    /// `production` or `development`.
    pub env: String,
    /// Address to listen at.
    pub host: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Which log lines are written.
    pub rust_log: String,
}

impl Process {
    /// What it reads.
    pub const VARIABLES: &[Variable] = &[
        Variable::new("ENV", "production", "production, or development: weak secrets are accepted"),
        Variable::new("HOST", "0.0.0.0", "address to listen at"),
        Variable::new("LOG_FORMAT", "auto", "json, pretty, or auto: pretty on a terminal"),
        Variable::new("RUST_LOG", "info", "which log lines are written"),
    ];

    /// Reads the environment.
    pub fn from_env() -> anyhow::Result<Self> {
        read(Self::VARIABLES)
    }

    /// Whether weak secrets are accepted.
    pub fn is_development(&self) -> bool {
        self.env == "development"
    }

    /// Starts logging and measuring as [`telemetry::init`] does.
    pub fn start_telemetry(&self, service: &'static str) -> anyhow::Result<()> {
        telemetry::init(service, self.log_format, &self.rust_log)?;
        #[cfg(feature = "failpoints")]
        crate::failpoint::arm()?;
        Ok(())
    }
}
