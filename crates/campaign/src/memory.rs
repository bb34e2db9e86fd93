//! How much memory a process takes.

use std::fmt;

use testkit::System;

/// Memory of one process, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// What the service has in memory now; `None` when it does not run.
pub fn resident(system: &System, service: &str) -> Option<Bytes> {
    read(system, service, "VmRSS:")
}

/// The most that the service ever had in memory.
pub fn peak(system: &System, service: &str) -> Option<Bytes> {
    read(system, service, "VmHWM:")
}

fn read(system: &System, service: &str, field: &str) -> Option<Bytes> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", system.pid(service)?)).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(Bytes(kibibytes * 1024))
}

impl Bytes {
    /// How many times `other` this is.
    pub fn times(self, other: Self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "memory of a process is below 2^53 bytes")]
        let ratio = self.0 as f64 / other.0.max(1) as f64;
        ratio
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB", self.0 >> 20)
    }
}
