//! The invariants, one after the other.

mod drained; // I12
mod histories; // I9
mod hot_copies; // I13
mod loads; // I4
mod lost; // I1
mod places; // I5
mod priced_again; // I6, by the menu
mod prices; // I6
mod refused; // I3
mod screens; // I7, I8
mod twice; // I2

use uuid::Uuid;

use crate::facts::Facts;
use crate::facts::limits::LimitsBook;
use crate::facts::places::Places;
use crate::report::Tally;
use crate::{Expected, Frames, Journal, Report, Verdict};

/// Checks everything.
pub fn all(facts: &Facts, journal: Option<&Journal>, frames: Option<&Frames>, expected: Expected) -> Report {
    let told = |check: fn(&Facts, &Journal) -> Verdict| match journal {
        Some(journal) => check(facts, journal),
        None => Verdict::Skipped { why: "no journal of clients".to_owned() },
    };
    let shown = |check: fn(&Facts, &Frames) -> Verdict| match frames {
        Some(frames) if !frames.screens.is_empty() => check(facts, frames),
        _ => Verdict::Skipped { why: "no frames of screens".to_owned() },
    };
    Report {
        checks: vec![
            ("I1", "no accepted order is lost, and each is stored whole", lost::check(facts, journal)),
            ("I2", "no order, key or number is there twice", twice::check(facts, journal)),
            ("I3", "what was refused is no order", told(refused::check)),
            ("I4", "no slot holds more than it may", loads::check(facts)),
            ("I5", "loads are the sums of live orders, here and there", places::check(facts)),
            ("I6", "prices are those of the items and of the menu", prices::check(facts, journal)),
            ("I7", "every screen has seen every order, in order", shown(screens::complete)),
            ("I8", "no screen has seen another branch's order", shown(screens::own)),
            ("I9", "histories are paths of the state machine, without gaps", histories::check(facts)),
            ("I12", "everything is told and read, dead letters as expected", drained::check(facts, expected)),
            ("I13", "hot copies are what PostgreSQL says", hot_copies::check(facts)),
        ],
    }
}

/// What can be said of a system that works: I4, and I5 as far as Redis alone goes.
pub fn sample(places: &Places, limits: &LimitsBook) -> Vec<String> {
    let mut tally = Tally::default();
    loads::in_redis(places, limits, &mut tally);
    places::sums(places, &mut tally);
    tally.into_findings()
}

/// When an order was accepted, by its id.
fn accepted_at(order: Uuid) -> chrono::DateTime<chrono::Utc> {
    let millis = domain::ids::OrderId::from_uuid(order).unix_millis();
    millis.and_then(chrono::DateTime::from_timestamp_millis).unwrap_or_default()
}
