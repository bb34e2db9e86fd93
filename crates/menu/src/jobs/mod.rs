//! What runs by the clock.

pub mod follow; // revisions that another instance has built
pub mod forget; // what nobody asks for any more
pub mod rebuild; // the snapshot, when something has changed
pub mod shelve; // the snapshot in Redis
