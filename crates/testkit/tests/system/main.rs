//! The system as processes: started, killed, starved and looked at from outside.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod customers; // who orders, and what they were told
mod facts; // what the stores hold
mod idempotency; // one key, one order
mod links; // links that go bad and heal
mod losses; // stores that go away and come back
mod programs; // what they are made of
mod slots; // nothing is oversold
mod streams; // no frame missing, none twice, none of another branch
mod traces; // one trace id from gRPC to the frame
mod way; // the way of an order
