//! The way of an order as a person sees it: placed by gRPC, shown by a socket, moved through the kitchen.

pub mod first;
mod socket;
pub mod watch;
