//! What tests stand on: a database, a Redis and topics of their own over the real stores, and the whole system as
//! processes that can be killed.
//!
//! Dev-only. The stores are those of `DATABASE_URL` and `KAFKA_BROKERS`, or of a prepared `scripts/test`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod broker; // a Kafka node of one's own
mod database; // a database per test
mod keys; // tokens
mod link; // TCP links that can be made bad
mod ports; // free ports
mod postgres; // a PostgreSQL cluster of one's own
mod process; // programs that can be killed
mod redis_server; // a Redis per test
mod repeat; // what a good client sends again
mod rows; // rows of one column
mod scratch; // folders that go with their test
mod stores; // where the real stores are
mod sweep; // what tests left behind
mod system; // every service as a process
mod tablet; // a WebSocket client
mod topics; // topics per test
mod wait; // conditions with a deadline

pub use broker::TestBroker;
pub use database::TestDb;
pub use keys::{Keys, TokenRequest};
pub use link::Link;
pub use ports::free_port;
pub use postgres::TestPostgres;
pub use process::{Process, workspace_root};
pub use redis_server::TestRedis;
pub use repeat::is_worth_repeating;
pub use rows::{Count, Line};
pub use scratch::Scratch;
pub use system::{BRANCH_MAIN, BRANCH_NOVOSIBIRSK, System, SystemSettings};
pub use tablet::Tablet;
pub use topics::TestTopics;
pub use wait::{at_best_within, eventually, eventually_some};
