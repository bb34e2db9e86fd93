//! Opening hours as JSON in a column.

use std::collections::BTreeMap;

use chrono::{NaiveDate, Weekday};
use domain::calendar::{DayTime, OpeningHours, OpeningInterval};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct HoursColumn {
    weekly: Vec<(String, Span)>,
    exceptions: BTreeMap<NaiveDate, Vec<Span>>,
}

/// Opening and closing, `HH:MM`.
type Span = (String, String);

/// A column that holds no opening hours.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotHours {
    #[error("is not the JSON of opening hours: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Time(#[from] domain::calendar::CalendarError),
    #[error("{0:?} is no weekday")]
    Weekday(String),
}

pub(super) fn to_column(hours: &OpeningHours) -> serde_json::Result<serde_json::Value> {
    let span = |interval: &OpeningInterval| (interval.open().to_string(), interval.close().to_string());
    let days = hours.days_of_week();
    serde_json::to_value(HoursColumn {
        weekly: days
            .flat_map(|(day, open)| open.iter().map(move |one| (day.to_string(), span(one))))
            .collect(),
        exceptions: hours.exceptions().map(|(date, open)| (date, open.iter().map(span).collect())).collect(),
    })
}

pub(super) fn from_column(column: serde_json::Value) -> Result<OpeningHours, NotHours> {
    let HoursColumn { weekly, exceptions } = serde_json::from_value(column)?;
    let weekly = weekly.into_iter().map(|(day, span)| {
        let weekday: Weekday = day.parse().map_err(|_| NotHours::Weekday(day))?;
        Ok((weekday, interval(&span)?))
    });
    let exceptions = exceptions.into_iter().map(|(date, spans)| {
        let open = spans.iter().map(interval).collect::<Result<Vec<_>, NotHours>>()?;
        Ok((date, open))
    });
    let weekly = weekly.collect::<Result<Vec<_>, NotHours>>()?;
    Ok(OpeningHours::new(weekly, exceptions.collect::<Result<Vec<_>, NotHours>>()?))
}

fn interval((open, close): &Span) -> Result<OpeningInterval, NotHours> {
    Ok(OpeningInterval::new(open.parse::<DayTime>()?, close.parse::<DayTime>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_survive_their_column() {
        let late = OpeningInterval::new("18:00".parse().unwrap(), "04:00".parse().unwrap());
        let holiday = "2026-03-08".parse().unwrap();
        let hours = OpeningHours::new([(Weekday::Fri, late)], [(holiday, vec![]), (holiday, vec![late])]);

        let column = to_column(&hours).unwrap();

        assert_eq!(from_column(column).unwrap(), hours);
    }
}
