//! Which program made a report, and when.

use std::fmt;
use std::process::Command;

use chassis::{Clock as _, SystemClock};
use serde::Serialize;

/// Where the figures of a report come from.
#[derive(Clone, Debug, Serialize)]
pub struct Origin {
    /// `debug` or `release`, like the services beside this program.
    pub build: &'static str,
    /// The commit of the checkout, with `-dirty` when files were changed since.
    pub commit: String,
    /// The minute it began.
    pub began: String,
}

impl Origin {
    /// This program, this checkout, now.
    pub fn here() -> Self {
        let build = if cfg!(debug_assertions) { "debug" } else { "release" };
        let began = SystemClock.now().format("%Y-%m-%d %H:%M UTC").to_string();
        Self { build, commit: commit().unwrap_or_else(|| "an unknown commit".to_owned()), began }
    }
}

/// `None` outside of a git checkout.
fn commit() -> Option<String> {
    let mut git = Command::new("git");
    git.args(["describe", "--always", "--dirty", "--exclude", "*"]).current_dir(testkit::workspace_root());
    let output = git.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} build of {}, {}", self.build, self.commit, self.began)
    }
}
