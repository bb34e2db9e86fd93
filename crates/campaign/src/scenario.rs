//! What a scenario is.

use std::str::FromStr;

use futures_util::future::LocalBoxFuture;

use crate::outcome::Outcome;
use crate::stage::Stage;

/// A scenario that runs.
pub type Running<'a> = LocalBoxFuture<'a, anyhow::Result<Outcome>>;

/// One way to break the system, and what must hold afterwards.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Its number, as `T6`.
    pub id: &'static str,
    /// What happens, in one line.
    pub name: &'static str,
    /// Whether it takes the world that others leave behind ([`Stage::world`]); else it opens one of its own.
    pub shares_world: bool,
    /// Plays it.
    pub run: for<'a> fn(&'a Stage) -> Running<'a>,
}

/// How much of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// With every change: minutes.
    Ci,
    /// By hand, or at night: hours.
    Nightly,
}

impl Size {
    /// The amount of this size.
    pub fn pick<T>(self, ci: T, nightly: T) -> T {
        match self {
            Self::Ci => ci,
            Self::Nightly => nightly,
        }
    }

    /// How it is written.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ci => "ci",
            Self::Nightly => "nightly",
        }
    }
}

impl FromStr for Size {
    type Err = anyhow::Error;

    fn from_str(word: &str) -> anyhow::Result<Self> {
        [Self::Ci, Self::Nightly]
            .into_iter()
            .find(|size| size.word() == word)
            .ok_or_else(|| anyhow::anyhow!("a size is ci or nightly, not {word}"))
    }
}
