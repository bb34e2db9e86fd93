//! Live streams to tablets and dashboards.
//!
//! Owns: nothing that lasts; its state is built from the log and the order book at every start. Hears:
//! `order-events`, `slot-events`, `menu-events`, every instance all of them. Tells: frames over WebSocket, at
//! `/api/v1/ws` and `/api/v1/erp/ws`. Calls: the order book, for the base state and for clients' commands.
//!
//! Promises: a client gets every event of its branches once and in order, from where it was, or a snapshot and all
//! that follows; it never sees an order, or a field, that its roles do not show. One slow client costs nobody else
//! anything. While the state is not the present one, nobody is told that it is.

pub mod app; // what is told to whom
pub mod config; // settings
pub mod events; // what is heard on Kafka
pub mod neighbours; // the order book
pub mod service; // composition
pub mod session; // the protocol, without a socket
pub mod socket; // the loop around it
