//! Which processor works for whom: the same for ours and for floors.

use std::process::Command;

use anyhow::{Context as _, ensure};

/// Servers: services of ours and floors.
pub const SERVERS: &str = "0";
/// Whoever makes the load, and the stores of its own that it starts.
pub const LOAD: &str = "1";

/// Puts this process, and all threads and children that it will have, where the load is made.
pub fn on_load_processor() -> anyhow::Result<()> {
    let pinned = Command::new("taskset")
        .args(["-cp", LOAD, &std::process::id().to_string()])
        .output()
        .context("taskset, of the package util-linux")?;
    let said = String::from_utf8_lossy(&pinned.stderr);
    ensure!(pinned.status.success(), "a benchmark needs two processors, one of them for load: {said}");
    Ok(())
}
