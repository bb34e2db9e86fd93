//! The slot saga as a model: every order of events in a small world is tried, and a broken variant must be found.
//!
//! Two clients want the one place of a slot, each through a gateway of its own, and repeat their calls. Everything
//! between them and the tables may stop at any step, the log may take a record that its sender has given up, and
//! Redis may forget everything.
//!
//! | step of the model | stands for |
//! |---|---|
//! | [`Step::Call`], [`Step::Assign`] | `order-gateway/src/app/place.rs` mints an id and asks; `slot-scheduler/.../scripts/assign.lua` |
//! | [`Step::Send`], [`Step::Land`], [`Step::Lose`] | `order-gateway/src/events/tell.rs`: a record is with the broker, which takes it or not |
//! | [`Step::Answer`], [`Step::GiveUp`], [`Step::Refuse`], [`Step::Release`] | `order-gateway/src/app/commit.rs`: acknowledged, in doubt, refused for certain; `drop.lua` |
//! | [`Step::Store`], [`Step::Tell`], [`Step::StoreDone`] | `order-consumer/src/app/persist.rs` (`keys::bind`), `events/tell.rs`, the offset |
//! | [`Step::Cancel`] | `order-consumer/src/app/cancel.rs` and the outbox |
//! | [`Step::Read`], [`Step::Settle`], [`Step::ReadDone`] | `slot-scheduler/src/app/follow.rs`: one transaction with the position, then `confirm.lua` or `free.lua`, the offset |
//! | [`Step::Age`] | a hold's minute is over; commits are bounded far inside it (`COMMIT` in `commit.rs`) |
//! | [`Step::ExpireAsk`], [`Step::ExpireDecide`], [`Step::ExpireDrop`] | `slot-scheduler/src/app/expire.rs`: the log's end, `has_read` and `unheard_of`, `drop.lua` |
//! | [`Step::Forget`] | Redis is emptied |
//! | [`Step::RebuildAsk`], [`Step::Refill`] | `slot-scheduler/src/app/rebuild.rs` and `storage/redis/refill.rs`, under the lock that keeps `follow` out |
//! | [`Step::CrashGateway`], [`Step::CrashConsumer`], [`Step::CrashScheduler`] | kill -9: work in hand is gone, the log is read again from the committed offset |
//!
//! Left out: batches of several records, the mark `over` in the tables (it only informs), a Redis that
//! comes back with a part of its memory (the store's sequence tests have that), and time other than a hold's.

#![expect(clippy::indexing_slicing, reason = "a tool for developers may fail loudly")]

mod book; // order-consumer
mod gateway; // gateways and their clients
mod properties; // what must hold
mod redis; // the scripts
mod scheduler; // slot-scheduler's reader and jobs
mod state; // everything that there is
mod verdict; // checking, and what came of it
mod world; // bounds, flaws and steps

pub use state::State;
pub use verdict::{Verdict, check, flawed, sound};
pub use world::{Bounds, Flaw, Keys, Saga, Step};
