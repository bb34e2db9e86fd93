//! A small day of a real system holds every invariant; one planted fault breaks exactly the one it is about.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod copies; // the stores of the day, once per fault
mod day; // a system that works for a while, and what was told meanwhile
mod faults; // what is planted, and what it breaks
mod healthy; // everything at once: the day, then the faults
