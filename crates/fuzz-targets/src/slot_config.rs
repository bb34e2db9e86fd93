//! Slot settings of a branch: any numbers, as rows or the office give them.

use chrono::{DateTime, TimeDelta, Utc};
use domain::calendar::{Calendar, CutOff, DayTime, Grid, OpeningHours, parse_zone};
use domain::slots::{RawSlotConfig, SlotConfig};

const NOON: DateTime<Utc> = DateTime::from_timestamp_nanos(1_770_000_000_000_000_000);

/// A line of numbers, `-` for none: minutes, six limits, lead, least lead, horizon, shift, then a wish for a time.
///
/// Settings that are accepted are kept as they are, and give slots where they say.
pub fn slot_config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut numbers = text.split_ascii_whitespace().map(|word| word.parse::<i64>().ok());
    let mut next = || numbers.next().flatten();
    let raw = RawSlotConfig {
        slot_minutes: next().unwrap_or_default(),
        limits: [next(), next(), next(), next(), next(), next()],
        lead_minutes: next().unwrap_or_default(),
        min_lead_minutes: next().unwrap_or_default(),
        horizon_days: next().unwrap_or_default(),
        max_shift_minutes: next(),
    };
    let preferred = next().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let Ok(config) = SlotConfig::try_from(raw) else { return };
    assert_eq!(RawSlotConfig::from(config), raw, "accepted settings were changed");
    gives_slots(&config, preferred);
}

fn gives_slots(config: &SlotConfig, preferred: Option<DateTime<Utc>>) {
    let horizon = NOON + TimeDelta::days(config.horizon_days.into());
    let Ok(window) = config.window(NOON, preferred) else {
        assert!(preferred.is_some_and(|wish| wish > horizon), "a wish within the horizon is refused");
        return;
    };
    assert!(window.start > NOON && window.end == horizon);
    let grid = Grid {
        zone: parse_zone("Europe/Moscow").expect("a zone of the IANA"),
        cut_off: CutOff::DEFAULT,
        slot_minutes: config.slot_minutes,
    };
    let calendar = Calendar::new(OpeningHours::daily(DayTime::from_hour(10), DayTime::from_hour(23)), grid);
    for slot in calendar.slots(window.start, window.end).take(50) {
        assert!(window.contains(&slot.start));
        assert_eq!((slot.end - slot.start).num_minutes(), i64::from(config.slot_minutes.get()));
        let visible_at = config.visible_at(NOON, slot.start);
        assert!(visible_at >= NOON && visible_at <= slot.start);
    }
}
