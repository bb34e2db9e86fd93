//! The order book through its edges, over real stores.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod builders; // orders as the gateway commits them
mod commands; // moving and cancelling orders
mod hot_copies; // Redis: filled, followed, repaired
mod house; // the service over stores of the test's own
mod outages; // stores that are away, processes that die
mod reading; // lists, batches, single orders
mod storing; // from the log to the tables and events
