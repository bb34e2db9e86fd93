//! The order book: stores accepted orders, moves them through the kitchen, tells everybody.
//!
//! Owns: `orders`, `order_items`, `order_history`, `order_keys`, `order_duplicates` (PostgreSQL schema `orders`), and
//! their hot copies `order:*`, `orders:*` in Redis. Hears: `pizza-orders`. Tells: `order-events`, dead letters in
//! `pizza-orders.dlq`, and outside listeners over the Redis channels `order:created`, `order:status:changed`.
//!
//! Promises: an accepted order is stored once, whatever crashes, however often it is told; the first record wins.
//! Every change is told once per version, with the order's full state, after it is safe. Of two commands on one
//! version one wins, and the other learns the truth. Without Redis everything goes on but the hot copies.

pub mod api; // gRPC: decode, call, encode
pub mod app; // use cases
pub mod config; // settings
pub mod events; // what is heard and told
pub mod jobs; // what runs by the clock
pub mod replay; // dead letters told again
pub mod service; // composition
pub mod storage; // PostgreSQL and Redis
