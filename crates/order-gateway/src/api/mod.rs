//! gRPC and REST: decode, call, encode. REST calls go through the gRPC handlers, in the same process.

mod convert;
mod health;
mod orders;
mod public;
mod rest;
mod shop;

pub use health::routes as health;
pub use orders::OrderApi;
pub use public::PUBLIC;
pub use rest::{Rest, RestNeighbours, transcoder};
pub use shop::ShopApi;
