//! gRPC and REST: decode, call, encode. REST calls go through the gRPC handlers, in the same process.

pub mod convert; // messages as requests of the domain
mod health;
mod menu_shelf;
mod orders;
mod public;
mod rest;
mod shop;

pub use health::routes as health;
pub use menu_shelf::menu_shelf;
pub use orders::OrderApi;
pub use public::PUBLIC;
pub use rest::{Rest, RestNeighbours, transcoder};
pub use shop::ShopApi;
