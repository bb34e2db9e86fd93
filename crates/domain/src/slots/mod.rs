//! Slots: windows of kitchen time that fill up in several dimensions at once.
//!
//! What an order needs ([`Need`]), what a slot takes ([`Limits`]), when an order may be cooked
//! ([`SlotConfig::window`]) and how its reservation lives ([`ReservationState`]).

mod config;
mod display;
mod id;
mod limits;
mod need;
mod plan;
mod reservation;
mod state;

pub use config::{PreferredTimeTooFar, RawLimits, RawSlotConfig, SlotConfig, parse_limits, raw_limits};
pub use display::DisplayNumber;
pub use id::{NotASlotId, SlotId};
pub use limits::Limits;
pub use need::{Dimension, Need};
pub use plan::Plan;
pub use reservation::{NotAState, ReservationState, Step};
pub use state::{SlotState, load_percent};
