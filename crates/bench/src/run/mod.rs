//! How figures are taken: side by side, in a closed loop for capacity, in an open loop for latency.

pub mod closed; // as fast as answers come
pub mod machine; // what else the machine does
pub mod open; // at a given rate, whatever the answers do
mod paired; // rounds of A B B A
pub mod place; // which processor works for whom
pub mod stats; // what rounds say

pub use paired::paired;
