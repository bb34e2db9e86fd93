//! The order log over a real broker.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

mod by_hand; // records that no client would write
mod consuming; // read, finish, mark as done
mod outages; // the broker goes and comes back
mod producing; // what is written, refused, in doubt
mod reading; // following partitions without a group
mod replaying; // dead letters, told again
mod secure; // sign-in and encryption
mod world; // what the tests have in common
