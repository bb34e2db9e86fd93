//! slot-scheduler through its gRPC edge, over real PostgreSQL, Redis and Kafka.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod assigning; // slots for orders
mod branches; // branches and their calendars
mod changing; // settings and overrides
mod following; // what the log does to holds
mod rebuilding; // lost memory and restarts
mod scripts; // what is atomic in Redis
mod world; // the service and its stores
