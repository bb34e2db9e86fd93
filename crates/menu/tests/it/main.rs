//! The menu through its gRPC edge, over real stores.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod admin; // changing things, and what is refused
mod bench; // the service under test, and a small menu
mod outside; // Kafka and Redis
mod permissions; // who may do what
mod prices; // prices in time and place
mod rebuild; // revisions, alarms, stores that are away
mod stops; // the stop-list
mod surcharges; // prices inside products and sets
mod terms; // branches, and which of them is the default
mod view; // the menu as the shop page gets it
