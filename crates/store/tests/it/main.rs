//! PostgreSQL manners over a real PostgreSQL, the relay also over a real broker.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

mod migrating; // schemas older, newer, and right
mod partitioning; // months made ahead
mod pooling; // connections, and PostgreSQL going away
mod preparing; // statements that a connection remembers
mod relaying; // the outbox, told in order
mod remembering; // inbox, commands, locks
mod world; // what the tests have in common
