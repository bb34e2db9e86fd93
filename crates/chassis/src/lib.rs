//! What every process has around its work: settings, telemetry, life cycle, health, time and ids.
//!
//! Knows no protocol: how health and metrics are served is `edge`'s affair.

mod allocator;
pub mod backoff;
mod causes;
pub mod clock;
mod entropy;
pub mod failpoint;
pub mod health;
pub mod lifecycle;
pub mod memory;
pub mod settings;
pub mod telemetry;
pub mod trace;

pub use backoff::Backoff;
pub use causes::causes;
pub use clock::{Clock, IdSource, SystemClock, SystemIds};
pub use health::{Check, Health};
pub use lifecycle::Lifecycle;
pub use trace::TraceContext;
