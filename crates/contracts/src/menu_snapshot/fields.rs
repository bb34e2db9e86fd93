//! Single fields of a snapshot.

use std::fmt::Display;
use std::str::FromStr;

use domain::money::Money;

use super::SnapshotFault;

/// Says which field is at fault.
pub fn fault(field: &'static str, of: &str, why: &str) -> SnapshotFault {
    SnapshotFault::Field { field, of: of.to_owned(), why: why.to_owned() }
}

/// An id.
pub fn id<T: FromStr<Err: Display>>(field: &'static str, of: &str, text: &str) -> Result<T, SnapshotFault> {
    text.parse().map_err(|why: T::Err| fault(field, of, &why.to_string()))
}

/// An id that may be left empty.
pub fn optional_id<T: FromStr<Err: Display>>(
    field: &'static str,
    of: &str,
    text: &str,
) -> Result<Option<T>, SnapshotFault> {
    if text.is_empty() { Ok(None) } else { id(field, of, text).map(Some) }
}

/// A number of things, zero or more.
pub fn count(field: &'static str, of: &str, number: i32) -> Result<u32, SnapshotFault> {
    u32::try_from(number).map_err(|_| fault(field, of, "is negative"))
}

/// An amount of whole roubles.
pub fn amount(field: &'static str, of: &str, roubles: i32) -> Result<Money, SnapshotFault> {
    Money::from_wire_roubles(roubles.into()).map_err(|why| fault(field, of, &why.to_string()))
}

/// An amount of whole roubles that may be absent.
pub fn optional_amount(
    field: &'static str,
    of: &str,
    roubles: Option<i32>,
) -> Result<Option<Money>, SnapshotFault> {
    roubles.map(|roubles| amount(field, of, roubles)).transpose()
}

/// One of a list of names.
pub fn named<T>(
    field: &'static str,
    of: &str,
    name: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, SnapshotFault> {
    parse(name).ok_or_else(|| fault(field, of, &format!("cannot be `{name}`")))
}
