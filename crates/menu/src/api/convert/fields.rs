//! Single fields: each function notes what is wrong with its field, and answers something that fits.

use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use contracts::timestamp::Timestamp;
use domain::ids::NotAnId;
use domain::menu::Price;
use domain::text::{self, TextFault};
use domain::{ErrorKind, Faults, Money, Refused};
use edge::paging;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::app::list::Page;

/// The id of what a request is about.
pub fn id<T: FromStr<Err = NotAnId>>(field: &'static str, raw: &str) -> Result<T, Refused> {
    raw.parse()
        .map_err(|NotAnId| Refused::one(ErrorKind::InvalidArgument, field, "ID_INVALID", NotAnId.to_string()))
}

/// A page of a list.
pub fn page<P: DeserializeOwned>(size: i32, token: &str) -> Result<Page<P>, Refused> {
    Ok(Page { size: paging::page_size(size)?, after: paging::position(token)? })
}

/// An id that must be there.
pub fn uuid(faults: &mut Faults, field: impl Into<String>, raw: &str) -> Uuid {
    raw.parse().unwrap_or_else(|_| {
        faults.invalid(field, "ID_INVALID", "is not a UUID");
        Uuid::nil()
    })
}

/// An id that may be left out.
pub fn optional_uuid(faults: &mut Faults, field: impl Into<String>, raw: &str) -> Option<Uuid> {
    if raw.is_empty() { None } else { Some(uuid(faults, field, raw)) }
}

/// The id in the path, repeated in the body or left out there.
pub fn path_uuid(faults: &mut Faults, field: &'static str, path: &str, body: &str) -> Uuid {
    if !body.is_empty() && !body.eq_ignore_ascii_case(path) {
        faults.invalid(field, "ID_MISMATCH", "differs from the id in the path");
    }
    let in_path = field.rsplit('.').next().unwrap_or(field);
    uuid(faults, in_path, path)
}

/// A text in its one form.
pub fn text(
    faults: &mut Faults,
    field: impl Into<String>,
    raw: &str,
    chars: RangeInclusive<usize>,
) -> String {
    match text::clean(raw, *chars.end()) {
        Ok(text) if text.chars().count() >= *chars.start() => return text,
        Ok(_) => faults.invalid(field, "TEXT_MISSING", "must not be empty"),
        Err(fault @ (TextFault::TooLong { .. } | TextFault::Control)) => {
            faults.invalid(field, fault.reason(), fault.to_string());
        }
    }
    String::new()
}

/// A number within limits.
pub fn count(
    faults: &mut Faults,
    field: impl Into<String>,
    raw: i32,
    limits: RangeInclusive<u32>,
    reason: &'static str,
) -> u32 {
    match u32::try_from(raw) {
        Ok(number) if limits.contains(&number) => number,
        _ => {
            faults.invalid(field, reason, format!("must be {}..={}", limits.start(), limits.end()));
            *limits.start()
        }
    }
}

/// A sale amount: whole roubles within the limit.
pub fn amount(faults: &mut Faults, field: impl Into<String>, roubles: i32) -> Money {
    match Money::from_wire_roubles(roubles.into()) {
        Ok(amount) if Price::is_valid(amount) => amount,
        _ => {
            faults.invalid(field, "PRICE_INVALID", "must be whole roubles, 0..=100000");
            Money::ZERO
        }
    }
}

/// A time that may be left out.
pub fn instant(
    faults: &mut Faults,
    field: &'static str,
    reason: &'static str,
    raw: Option<Timestamp>,
) -> Option<DateTime<Utc>> {
    let at = raw.map(DateTime::<Utc>::try_from)?;
    at.inspect_err(|fault| faults.invalid(field, reason, fault.to_string())).ok()
}

/// A list that is not too long.
pub fn at_most<T>(faults: &mut Faults, field: &'static str, list: &[T], most: usize) {
    if list.len() > most {
        faults.invalid(field, "LIST_TOO_LONG", format!("must have {most} entries at most"));
    }
}

/// One of a list of names.
pub fn named<T>(
    faults: &mut Faults,
    field: impl Into<String>,
    reason: &'static str,
    raw: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let found = parse(raw);
    if found.is_none() {
        faults.invalid(field, reason, format!("cannot be {raw:?}"));
    }
    found
}

/// The value of a request without faults; it is missing only together with a fault.
pub fn faultless<T>(value: Option<T>, faults: Faults) -> Result<T, Refused> {
    faults.into_result()?;
    let incomplete = || Refused::one(ErrorKind::InvalidArgument, "", "VALIDATION_FAILED", "incomplete");
    value.ok_or_else(incomplete)
}
