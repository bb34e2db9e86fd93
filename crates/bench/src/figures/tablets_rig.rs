//! Where tablets connect.

use anyhow::Context as _;
use testkit::{BRANCH_MAIN, System};

use crate::floors::child::Child;
use crate::tablets::Entrance;

/// Tablets of the branch.
pub const TABLETS: usize = 500;

/// ws-fanout, as a cook of the main branch.
pub fn entrance(system: &System) -> anyhow::Result<Entrance> {
    at(system, &system.tablet_url())
}

/// The same at the address of another instance.
pub fn at(system: &System, url: &str) -> anyhow::Result<Entrance> {
    let host = url.split_once("://").and_then(|(_, rest)| rest.split('/').next());
    let address = host.and_then(|host| host.parse().ok()).with_context(|| format!("no address in {url}"))?;
    Ok(Entrance { address, token: system.keys.token("cook", BRANCH_MAIN) })
}

/// A floor's tablets.
pub fn floor_entrance(floor: &Child) -> Entrance {
    Entrance { address: floor.address(), token: String::from("none") }
}
