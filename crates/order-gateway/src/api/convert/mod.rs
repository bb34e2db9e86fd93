//! Messages of the wire as requests of the domain, and answers back.

pub mod answer;
mod lines;
pub mod mobile;
pub mod shop;

use chrono::{DateTime, Utc};
use contracts::timestamp::Timestamp;
use domain::Faults;

/// A wish for a time; a timestamp outside of the calendar is a fault.
fn preferred(wire: Option<Timestamp>, faults: &mut Faults) -> Option<DateTime<Utc>> {
    match wire.map(DateTime::<Utc>::try_from).transpose() {
        Ok(at) => at,
        Err(fault) => {
            faults.invalid("preferred_time", "TIME_INVALID", fault.to_string());
            None
        }
    }
}

/// An order comes in one form; what the other one held would be lost.
fn both_forms(faults: &mut Faults) {
    faults.invalid("lines", "LINES_AMBIGUOUS", "cannot be sent together with the older form of an order");
}
