//! Faults on purpose: the whole system is killed, starved and flooded, and afterwards everything must add up.
//!
//! A scenario is one file in `scenarios/`. It takes a [`World`] (the system as processes, customers, screens), breaks
//! something by a plan that a seed makes, lets the world come to rest, and asks `verify` whether the stores, the log,
//! the customers' journal and the screens tell one story.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a tool for developers may fail loudly"
)]

pub mod customer; // one call, and its repeats
pub mod facts; // what the database holds
pub mod faults; // when something broke and when it was mended
pub mod hiccups; // how late the machine itself is
pub mod kitchen; // staff that moves orders on
pub mod load; // customers, so many a second
pub mod memory; // what a process takes
pub mod notes; // what customers were told, while it happens
pub mod outcome; // what came of a scenario
pub mod report; // text, JSON and a page
pub mod rounds; // long plans in fresh worlds
pub mod runner; // one scenario after the other
pub mod sampling; // slots, looked at while the system works
pub mod scenario; // what a scenario is
pub mod scenarios; // all of them
pub mod screens; // tablets and dashboards that come back
pub mod spread; // percentiles
pub mod stage; // what a scenario is given
pub mod topic; // what a topic holds
pub mod world; // the system under load

pub use customer::Customers;
pub use faults::Faults;
pub use load::{Load, Tally};
pub use outcome::Outcome;
pub use scenario::{Running, Scenario, Size};
pub use spread::Spread;
pub use stage::Stage;
pub use world::World;
