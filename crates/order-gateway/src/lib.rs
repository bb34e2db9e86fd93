//! The edge of the system: mobile apps over gRPC, shop and office over REST.
//!
//! Owns: nothing; it is stateless and scales by replicas.
//! Hears: `menu-events` (own reader, no group), the Redis channels `order:created` and `order:status:changed`.
//! Tells: `pizza-orders`.
//! Asks: slot-scheduler for a slot, order-consumer for the state of an order, menu for the newest snapshot.
//!
//! Promises: whoever gets an order id has an order, because the answer waits for the log's acknowledgement; a
//! placement that was begun is finished, also when its client hangs up; a hold is given back only when its order
//! cannot arrive any more; prices are the server's own; a repeat with the same key gets the first answer.

pub mod api; // gRPC and REST
pub mod app; // use cases
pub mod config; // settings from the environment
pub mod events; // the menu, heard; orders, told; changes of orders, heard
pub mod neighbours; // slot-scheduler, order-consumer, menu
pub mod service; // composition
