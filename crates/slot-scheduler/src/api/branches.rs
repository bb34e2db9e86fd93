//! Requests about branches become commands.

use std::collections::BTreeMap;

use chrono::{NaiveDate, Weekday};
use contracts::slots::v1 as pb;
use domain::calendar::{CalendarError, CutOff, DayTime, OpeningHours, OpeningInterval, parse_zone};
use domain::ids::BranchId;
use domain::{Faults, Refused, ServiceError, text};

use crate::app::branches::PutBranch;
use crate::app::wire;

const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
const LONGEST_NAME: usize = 100;
const HOURS: &str = "OPENING_HOURS_INVALID";

pub(super) fn put(id: BranchId, raw: &pb::Branch) -> Result<PutBranch, Refused> {
    let mut faults = Faults::new();
    if !raw.branch_id.is_empty() && raw.branch_id.parse() != Ok(id) {
        faults.invalid("branch.branch_id", "VALIDATION_FAILED", "is not the id of the request");
    }
    let is_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if !(2..=6).contains(&raw.code.len()) || !raw.code.bytes().all(is_code) {
        faults.invalid("branch.code", "CODE_INVALID", "must be 2..=6 of A-Z 0-9");
    }
    let name = name(&raw.name, &mut faults);
    let zone = noted("branch.time_zone", parse_zone(&raw.time_zone), &mut faults).unwrap_or(chrono_tz::UTC);
    let cut_off = if raw.cut_off.is_empty() {
        CutOff::DEFAULT
    } else {
        let cut_off = raw.cut_off.parse().map_err(|_| CalendarError::CutOff).and_then(CutOff::new);
        noted("branch.cut_off", cut_off, &mut faults).unwrap_or(CutOff::DEFAULT)
    };
    let hours = hours(raw, &mut faults);
    faults.into_result()?;
    Ok(PutBranch {
        id,
        code: raw.code.clone(),
        name,
        zone,
        cut_off,
        hours,
        is_default: raw.is_default,
        active: raw.active,
        expected_version: (raw.version != 0).then_some(raw.version),
    })
}

fn name(raw: &str, faults: &mut Faults) -> String {
    match text::clean(raw, LONGEST_NAME) {
        Ok(name) if !name.is_empty() => return name,
        Ok(_) => faults.invalid("branch.name", "NAME_INVALID", "must be 1..=100 characters"),
        Err(fault) => faults.invalid("branch.name", fault.reason(), fault.to_string()),
    }
    String::new()
}

fn hours(raw: &pb::Branch, faults: &mut Faults) -> OpeningHours {
    if raw.opening_hours.is_empty() && raw.exceptions.is_empty() {
        return OpeningHours::daily(DayTime::MIDNIGHT, DayTime::END);
    }
    let mut weekly = Vec::new();
    for (at, open) in raw.opening_hours.iter().enumerate() {
        let field = format!("branch.opening_hours[{at}]");
        let weekday = WEEK.into_iter().find(|day| wire::weekday(*day) == open.weekday);
        if weekday.is_none() {
            faults.invalid(format!("{field}.weekday"), HOURS, "must be monday .. sunday");
        }
        weekly.extend(weekday.zip(noted(field, interval(open), faults)));
    }
    if raw.opening_hours.is_empty() {
        let always = OpeningInterval::new(DayTime::MIDNIGHT, DayTime::END);
        weekly.extend(WEEK.map(|day| (day, always)));
    }
    OpeningHours::new(weekly, exceptions(&raw.exceptions, faults))
}

fn exceptions(
    raw: &[pb::OpeningException],
    faults: &mut Faults,
) -> BTreeMap<NaiveDate, Vec<OpeningInterval>> {
    let mut dates = BTreeMap::new();
    for (at, exception) in raw.iter().enumerate() {
        let field = format!("branch.exceptions[{at}]");
        if exception.closed != exception.intervals.is_empty() {
            faults.invalid(&field, HOURS, "must be either closed or have intervals");
        }
        let mut open = Vec::new();
        for (at, one) in exception.intervals.iter().enumerate() {
            open.extend(noted(format!("{field}.intervals[{at}]"), interval(one), faults));
        }
        match exception.date.parse::<NaiveDate>() {
            Err(_) => faults.invalid(format!("{field}.date"), HOURS, "is not a date, YYYY-MM-DD"),
            Ok(date) if dates.contains_key(&date) => {
                faults.invalid(format!("{field}.date"), HOURS, "comes twice");
            }
            Ok(date) => {
                dates.insert(date, open);
            }
        }
    }
    dates
}

fn interval(raw: &pb::OpeningInterval) -> Result<OpeningInterval, CalendarError> {
    Ok(OpeningInterval::new(raw.open.parse::<DayTime>()?, raw.close.parse::<DayTime>()?))
}

fn noted<T>(field: impl Into<String>, outcome: Result<T, CalendarError>, faults: &mut Faults) -> Option<T> {
    outcome.map_err(|error| faults.invalid(field, error.reason(), error.to_string())).ok()
}
