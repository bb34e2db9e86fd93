//! Redis manners, the same in every service: one multiplexed connection that connects when it is first needed,
//! reconnects by itself, and gives every command a deadline.
//!
//! A command whose answer did not come in time is in doubt: it may have run. Whatever is sent through here is
//! therefore safe to repeat.

mod connection; // the one connection of a process
mod error; // what can go wrong
mod subscription; // channels, for what may be missed

pub use connection::{Cache, watch};
pub use error::CacheError;
pub use subscription::{Heard, subscribe};
