//! How fast the system is, as ratios to floor programs of the same run.
//!
//! A floor is a small program with the same libraries, stores and machine, and no business code. Absolute figures say
//! something about a machine; the ratio says something about the system.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a tool for developers may fail loudly"
)]

pub mod figure; // goals, rounds, verdicts
pub mod figures; // one file per figure
pub mod floors; // what the machine can do
pub mod orders; // mobile apps, and what they order from
pub mod pages; // keep-alive HTTP clients
pub mod plan; // which figures, in which order, on what
pub mod report; // for terminals, programs and browsers
pub mod run; // paired rounds, closed and open loops
pub mod tablets; // WebSocket clients that only count
