//! Capacity-based time slots: windows of kitchen time that fill up in roubles and more, not only in orders.
//!
//! Owns: branches' calendars, slot settings, reservations (PostgreSQL, schema `slots`); loads, holds and
//! idempotency records of placing (Redis, `slot:*`).
//! Hears: `pizza-orders` (an order confirms its hold), `order-events` (a cancelled one gives its place back).
//! Tells: `slot-events`.
//!
//! Promises: no slot is filled above its limits by a call, whatever runs in parallel; an accepted order keeps its
//! place, even when the reader of the log is behind or Redis has lost its memory; a repeated call gets the first
//! answer for 48 hours.

pub mod api; // gRPC
pub mod app; // use cases
pub mod config; // settings from the environment
pub mod events; // the log, heard and told
pub mod jobs; // what runs by the clock
pub mod service; // composition
pub mod storage; // PostgreSQL and Redis
