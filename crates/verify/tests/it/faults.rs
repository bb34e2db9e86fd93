//! One fault for each way in which a story can fall apart.
//!
//! A fault names every invariant that it breaks: a change of the order book alone cannot be kept from events and
//! copies, which tell the same story.

mod log;
mod postgres;
mod redis;
mod told;

use bus::OutRecord;
use verify::{Frames, Journal};

use crate::day::Day;

/// Something that must never be.
pub struct Fault {
    pub name: &'static str,
    pub plant: Plant,
    /// The invariants that it breaks, all of them.
    pub breaks: Vec<&'static str>,
    /// Part of what the report says.
    pub says: &'static str,
    /// Whether a look at the loads alone shows it.
    pub shows_in_samples: bool,
    /// Dead letters that are not to be complained about.
    pub dead_letters: u64,
}

/// Where a fault lies.
pub enum Plant {
    /// In PostgreSQL.
    Sql(String),
    /// In Redis: a command per line, its words parted by `|`.
    Redis(String),
    /// In what clients were told.
    Journal(Journal),
    /// In what screens were shown.
    Frames(Frames),
    /// On a topic; nothing takes it away again.
    Log(OutRecord),
}

/// All of them; those that stay come last.
pub fn all(day: &Day) -> Vec<Fault> {
    let mut all = told::faults(day);
    all.extend(postgres::faults(day));
    all.extend(redis::faults(day));
    all.extend(log::faults(day));
    all
}

fn fault(name: &'static str, plant: Plant, breaks: &[&'static str], says: &'static str) -> Fault {
    Fault { name, plant, breaks: breaks.to_vec(), says, shows_in_samples: false, dead_letters: 0 }
}
