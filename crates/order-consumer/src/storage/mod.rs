//! What lasts (PostgreSQL: orders, items, history, keys) and what is fast (Redis: hot copies of live orders).

pub mod history;
pub mod hot;
pub mod items;
pub mod keys;
mod new_order;
mod order;
pub mod orders;
mod schema;

pub use new_order::NewOrder;
pub use order::Order;
