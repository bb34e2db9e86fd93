//! One file per figure, and what figures share.

mod consumer_rig; // order-consumer behind a filled log
mod slot_rig; // slots in a Redis of their own
mod tablets_rig; // ws-fanout before a filled room

pub mod p01_capacity;
pub mod p02_durable;
pub mod p03_latency;
pub mod p04_reservations;
pub mod p05_lean_script;
pub mod p06_full_slots;
pub mod p09_persist;
pub mod p12_end_to_end;
pub mod p13_broadcast;
pub mod p14_stalled;
pub mod p15_menu;
pub mod p16_overload;
pub mod p18_memory;
