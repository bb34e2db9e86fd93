//! Orders: what is asked for, what it costs, how it lives, who sees what of it.

pub mod audience; // which fields of an order whom concern
pub mod check; // what a record on the log must fulfil
pub mod choices; // payment and fulfilment
pub mod fingerprint; // whether two requests are the same
pub mod lifecycle; // which move is legal, for whom, when
pub mod live_hash; // whether two parties know the same orders
pub mod need; // what an order takes of a slot
pub mod old_body; // bodies that spell everything out by name
pub mod price; // the price of a request, or everything wrong with it
pub mod priced; // an order with its prices
pub mod request; // an order as it is asked for
pub mod status; // the eight statuses

#[cfg(test)]
pub(crate) mod samples; // requests for tests
