//! Mobile apps that order as fast or as often as they are told, from ours or from a floor.

pub mod customers; // the calls
pub mod floor; // floors of CreateOrder
pub mod ours; // the system
pub mod sides; // both sides of a comparison
pub mod stored; // whether what was acknowledged is there
pub mod tablet; // when an order is seen
pub mod tally; // what went well and what did not
