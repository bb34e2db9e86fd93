//! Services that this one asks.

pub mod orders; // the order book
