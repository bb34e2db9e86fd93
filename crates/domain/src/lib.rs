//! The words and the rules of the pizzeria: values, states and decisions.
//!
//! Nothing here reads a clock, draws a number or touches a socket: time and ids come in as parameters, so every
//! rule is a function over plain values. The worked examples of the domain rules (`ORD-4`, `MNU-1`, ...) are
//! tests beside the rule and carry its number in their names.

pub mod calendar; // business dates, opening hours and the cutting of days into slots
pub mod channel; // where an order comes from
pub mod error; // one vocabulary of failures
pub mod ids; // typed ids
pub mod menu; // what can be sold, at what price
pub mod money; // whole kopecks
pub mod orders; // requests, prices, statuses, who sees what
pub mod permissions; // who may do what, and where
pub mod phone; // phone numbers in one form
pub mod slots; // windows of kitchen time
pub mod text; // one form for all texts that people type

pub use error::{ErrorKind, Faults, Refused, ServiceError, Violation};
pub use money::Money;
