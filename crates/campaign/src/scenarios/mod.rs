//! All scenarios, in the order of their numbers.

mod t05_failpoints; // errors and crashes at named places
mod t06_kills; // services and the broker killed under load
mod t07_stores; // Redis, PostgreSQL and the broker break
mod t08_links; // links that go bad and heal
mod t09_rebalances; // order-consumers come and go
mod t10_poison; // records that are no orders
mod t11_overload; // more orders than a gateway takes
mod t12_tablets; // tablets that do what no tablet should
mod t13_keys; // one key, one order
mod t14_restarts; // every service restarted in turn

use crate::scenario::Scenario;

/// Every scenario.
pub const ALL: &[Scenario] = &[
    t05_failpoints::SCENARIO,
    t06_kills::SCENARIO,
    t07_stores::SCENARIO,
    t08_links::SCENARIO,
    t09_rebalances::SCENARIO,
    t10_poison::SCENARIO,
    t11_overload::SCENARIO,
    t12_tablets::SCENARIO,
    t13_keys::SCENARIO,
    t14_restarts::SCENARIO,
];
