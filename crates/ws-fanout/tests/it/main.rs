//! The service through its edges: real Kafka, real sockets, and an order book that does as it is told.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod book;
mod commands;
mod endings;
mod manners;
mod resume;
mod stage;
mod streams;
