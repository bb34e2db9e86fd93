//! What screens were shown.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Everything that the screens of a run were shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frames {
    /// One per tablet or dashboard, whatever number of sockets it used.
    pub screens: Vec<Screen>,
}

/// One tablet or dashboard that shows all orders of its branches, whatever their status and courier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screen {
    /// How findings call it.
    pub name: String,
    /// Ids of the branches it may see; orders of all of them must reach it.
    pub branches: Vec<String>,
    /// Whether it is shown orders that the kitchen does not see yet: dashboards are, tablets are not.
    #[serde(default)]
    pub hidden_too: bool,
    /// When its last snapshot arrived: what ended before need not have been shown.
    pub since: DateTime<Utc>,
    /// In order of arrival.
    pub seen: Vec<Seen>,
}

/// One order in one state, as it reached a screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Which order.
    pub order_id: String,
    /// Its version.
    pub version: i64,
    /// Id of its branch, as the frame says.
    pub branch: String,
    /// Part of a snapshot; snapshots show an order again, frames never do.
    pub snapshot: bool,
}

impl Frames {
    /// Reads a file of JSON.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display()))
    }

    /// Writes a file of JSON.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_vec(self)?;
        fs::write(path, text).with_context(|| format!("writing {}", path.display()))
    }
}
