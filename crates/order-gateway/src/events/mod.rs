//! The menu, heard; orders, told; changes of orders, heard.

pub mod hear_menu;
pub mod hear_orders;
mod tell;

pub use tell::KafkaLog;
