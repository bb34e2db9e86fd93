//! The menu: what can be sold, at what price, now.
//!
//! Owns: categories, products, extras, sets, prices, stop-lists and the commercial terms of branches (PostgreSQL
//! schema `menu`), the snapshots built of them, and `menu:full` in Redis. Hears: nothing. Tells: `menu-events`, and
//! outside listeners over the Redis channel `menu:updated`.
//!
//! Promises: a change that clients can see is a new revision within a second, and nothing else is; a revision is one
//! immutable snapshot, and revisions only grow. A rebuild that fails, or that would take everything off sale, leaves
//! the last good snapshot in force. The menu is read from memory: without PostgreSQL, Redis or Kafka it is still there.

pub mod api; // gRPC: decode, call, encode
pub mod app; // use cases
pub mod config; // settings
pub mod events; // what is told
pub mod jobs; // what runs by the clock
pub mod service; // composition
pub mod storage; // PostgreSQL and Redis
mod subject; // what prices and stops are about
