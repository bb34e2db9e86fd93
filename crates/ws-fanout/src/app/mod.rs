//! What is told to whom: the state behind the streams, and the hub that tells it.

pub mod bell; // waking many connections at once
pub mod board; // present state beside orders
pub mod close; // why a socket is closed
pub mod frame; // the server's frames as text
pub mod framed; // a message as it goes over the wire
pub mod heard; // an order event as it stands in the log
pub mod hub; // where the log meets the sockets
pub mod live; // live orders and recent history
pub mod outbox; // the bounded queue of one socket
pub mod ports; // what is asked of others
pub mod refusal; // a refusal as a client reads it
pub mod seq; // positions in the log
pub mod sight; // what one client sees where
pub mod snapshots; // snapshots that were written a moment ago
pub mod view; // what one client sees of one branch
