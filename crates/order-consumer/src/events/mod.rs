//! What is heard (`pizza-orders`) and told (`order-events`).

pub mod accepted;
pub mod hear_orders;
pub mod tell;
