//! What a stranger can send, as functions over bytes: one target of `fuzz/` each.
//!
//! A target panics when it has found something: the code under it panicked, or what it accepted is not what it
//! promises. `fuzz/` searches with a nightly compiler; the tests here replay what it has kept with the stable one.

#![expect(clippy::expect_used, reason = "a tool for developers may fail loudly")]

mod mobile_order; // a mobile app's order, to its price
mod order_json; // a page's order, to its price
mod placing; // what holds for every request, whatever it came in
mod record; // a record of the order log
mod seeds; // real messages to begin with
mod signers; // keys, and the tokens that were signed with them
mod slot_config; // slot settings of a branch
mod token; // a bearer token
mod traceparent; // a trace header
mod ws_frame; // what a tablet says

pub use mobile_order::mobile_order;
pub use order_json::order_json;
pub use record::record;
pub use seeds::seeds;
pub use slot_config::slot_config;
pub use token::token;
pub use traceparent::traceparent;
pub use ws_frame::ws_frame;

/// A function that looks at any bytes.
pub type Target = fn(&[u8]);

/// Every target, by the name of its folder in `fuzz/corpus`.
pub const TARGETS: [(&str, Target); 7] = [
    ("mobile_order", mobile_order),
    ("order_json", order_json),
    ("record", record),
    ("slot_config", slot_config),
    ("token", token),
    ("traceparent", traceparent),
    ("ws_frame", ws_frame),
];
