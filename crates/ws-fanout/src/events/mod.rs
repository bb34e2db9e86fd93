//! What is heard on Kafka. This service is a reader without a group: every instance hears everything.

mod follow; // from the first place to the last stop
mod hear_menu; // revisions of the menu
mod hear_orders; // what happens to orders
mod hear_slots; // slots and their settings

pub use follow::{Followed, Follower, watch_broker};
