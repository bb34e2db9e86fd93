//! slot-scheduler through its gRPC edge, over real PostgreSQL, Redis and Kafka.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod assigning; // slots for orders
mod bench; // the store without the service
mod branches; // branches and their calendars
mod changing; // settings and overrides
mod command; // calls of the store as values
mod filling; // a store that has lost its memory
mod following; // what the log does to holds
mod full; // slots that are known to be full
mod histories; // calls at the same time
mod holds; // orders that are asked for more than once
mod linearizable; // whether a history can be told one call after the other
mod rebuilding; // the service after a loss or a restart
mod reference; // what the store should do, said plainly
mod scripts; // what is atomic in Redis
mod sequences; // calls one after the other
mod world; // the service and its stores

/// How much of a test is asked for, or what CI does.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says how long")]
fn amount(variable: &str, in_ci: u32) -> u32 {
    std::env::var(variable).map_or(in_ci, |text| text.parse().unwrap())
}
