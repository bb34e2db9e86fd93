//! What is fast: loads, holds and idempotency records of the slots, in Redis.
//!
//! Every key of a branch carries the hash tag `{<branch id>}`; everything that must be atomic is one script.
//! Nothing here is the last word: what must last is in PostgreSQL, and a lost store is filled again from there.

mod assign;
mod epoch;
mod error;
mod keys;
mod look;
mod overrides;
mod refill;
mod scripts;
mod settle;

pub use assign::{Assigned, Assignment, NoneFits, Outcome, Run};
pub use error::SlotStoreError;
pub use keys::key_hash;
pub use look::{OrderInSlot, SlotLoad};
pub use refill::BranchMemory;
pub use settle::{Confirmation, Confirmed};

use cache::Cache;

/// The slots' part of Redis; cheap to clone.
#[derive(Clone)]
pub struct SlotStore {
    cache: Cache,
}

impl SlotStore {
    /// Uses an open connection.
    pub const fn new(cache: Cache) -> Self {
        Self { cache }
    }
}
