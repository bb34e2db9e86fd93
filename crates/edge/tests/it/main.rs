//! Servers of this crate as their clients see them.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod frames;
mod grpc;
mod rest;
mod world;
