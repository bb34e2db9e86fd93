//! slot-scheduler through its gRPC edge, over real PostgreSQL, Redis and Kafka.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod assigning; // slots for orders
mod bench; // the store without the service
mod branches; // branches and their calendars
mod changing; // settings and overrides
mod filling; // a store that has lost its memory
mod following; // what the log does to holds
mod holds; // orders that are asked for more than once
mod rebuilding; // the service after a loss or a restart
mod scripts; // what is atomic in Redis
mod world; // the service and its stores
