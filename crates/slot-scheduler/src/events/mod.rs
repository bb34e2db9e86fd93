//! What is heard of orders, and what is told of slots.

pub mod hear_log; // accepted and cancelled orders
pub mod log_ends; // how far the log goes
pub mod tell; // changes of slots, settings and branches
