//! gRPC clients of the neighbours, as the use cases need them.

mod menu;
mod orders;
mod slots;

pub use menu::MenuBook;
pub use orders::OrderBook;
pub use slots::SlotScheduler;
