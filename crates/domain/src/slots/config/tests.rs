use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;

use super::*;
use crate::calendar::{Calendar, CutOff, Grid, OpeningHours, SlotTime, parse_zone};

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn always_open() -> Calendar {
    let grid = Grid {
        zone: parse_zone("UTC").unwrap(),
        cut_off: CutOff::DEFAULT,
        slot_minutes: SlotMinutes::DEFAULT,
    };
    Calendar::new(OpeningHours::daily("00:00".parse().unwrap(), "24:00".parse().unwrap()), grid)
}

fn first_slot(config: &SlotConfig, now: &str, preferred: Option<&str>) -> SlotTime {
    let window = config.window(utc(now), preferred.map(utc)).unwrap();
    always_open().slots(window.start, window.end).next().unwrap()
}

#[test]
fn slt_1_a_slot_that_starts_now_is_too_late() {
    let starts = ["2026-02-01T10:00:00Z", "2026-02-01T10:14:59.999Z"]
        .map(|now| first_slot(&SlotConfig::DEFAULT, now, None).start);

    assert_eq!(starts, [utc("2026-02-01T10:15:00Z"); 2]);
}

#[test]
fn slt_5_a_preferred_time_is_the_start_of_a_slot_or_waits_for_the_next() {
    let now = "2026-02-01T10:00:00Z";

    let exact = first_slot(&SlotConfig::DEFAULT, now, Some("2026-02-01T19:00:00Z"));
    let between = first_slot(&SlotConfig::DEFAULT, now, Some("2026-02-01T19:05:00Z"));

    assert_eq!(exact.start, utc("2026-02-01T19:00:00Z"));
    assert_eq!(between.start, utc("2026-02-01T19:15:00Z"));
}

#[test]
fn a_preferred_time_in_the_past_means_now() {
    let slot = first_slot(&SlotConfig::DEFAULT, "2026-02-01T10:00:00Z", Some("2020-01-01T00:00:00Z"));

    assert_eq!(slot.start, utc("2026-02-01T10:15:00Z"));
}

#[test]
fn the_kitchen_needs_its_minimum_lead() {
    let config = SlotConfig { min_lead_minutes: 20, ..SlotConfig::DEFAULT };

    assert_eq!(first_slot(&config, "2026-02-01T10:00:00Z", None).start, utc("2026-02-01T10:30:00Z"));
}

#[test]
fn a_preferred_time_beyond_the_horizon_is_refused() {
    let now = utc("2026-02-01T10:00:00Z");
    let config = SlotConfig::DEFAULT;

    assert!(config.window(now, Some(now + Duration::days(7))).is_ok());
    let refused = config.window(now, Some(now + Duration::days(7) + Duration::seconds(1)));
    assert_eq!(refused, Err(PreferredTimeTooFar { horizon_days: 7 }));
}

#[test]
fn ord_17_an_order_is_visible_a_lead_before_its_slot_or_at_once() {
    let now = utc("2026-02-01T10:00:00Z");
    let visible = |start| SlotConfig::DEFAULT.visible_at(now, utc(start));

    assert_eq!(visible("2026-02-01T10:45:00Z"), utc("2026-02-01T10:15:00Z"));
    assert_eq!(visible("2026-02-01T10:15:00Z"), now);
}

#[test]
fn settings_out_of_range_are_refused_all_at_once() {
    let raw = RawSlotConfig {
        slot_minutes: 7,
        limits: [Some(0), Some(-1), Some(1_000_001), None, None, None],
        horizon_days: 31,
        ..SlotConfig::DEFAULT.into()
    };

    let refused = SlotConfig::try_from(raw).unwrap_err();

    let fields: Vec<_> = refused.violations().into_iter().map(|fault| fault.field).collect();
    assert_eq!(
        fields,
        ["slot_duration_minutes", "limit_roubles", "limit_orders", "limit_units", "horizon_days"]
    );
    assert!(refused.violations().iter().all(|fault| fault.reason == "SLOT_CONFIG_INVALID"));
}

#[test]
fn a_branch_always_has_a_limit_in_roubles() {
    let raw = RawSlotConfig { limits: [None; 6], ..SlotConfig::DEFAULT.into() };

    assert_eq!(SlotConfig::try_from(raw).unwrap_err().reason(), "SLOT_CONFIG_INVALID");
}

#[test]
fn limits_of_one_slot_are_read_as_they_are_written_and_refused_by_name() {
    let raw = [Some(15_000), Some(0), None, None, Some(12), None];

    let limits = parse_limits(&raw).unwrap();
    let refused = parse_limits(&[Some(0), Some(-1), None, None, None, None]).unwrap_err();

    assert_eq!(limits.get(Dimension::Roubles), Some(15_000));
    assert_eq!(raw_limits(&limits), raw);
    let fields: Vec<_> = refused.violations().into_iter().map(|fault| fault.field).collect();
    let named = [Dimension::ALL[0], Dimension::ALL[1]].map(|it| format!("limit_{}", it.as_str()));
    assert_eq!(fields, named);
}

#[test]
fn a_wish_beyond_the_horizon_is_too_far() {
    let now = utc("2026-02-01T10:00:00Z");

    let far = SlotConfig::DEFAULT.window(now, Some(now + Duration::days(8))).unwrap_err();

    assert_eq!((far.kind(), far.reason()), (ErrorKind::OutOfRange, "PREFERRED_TIME_TOO_FAR"));
}

proptest! {
    #[test]
    fn every_slot_that_can_be_booked_is_listed(minutes in 0_i64..20_000, ahead in 0_i64..10_000) {
        let now = utc("2026-03-01T00:00:00Z") + Duration::minutes(minutes);
        let listed = always_open().slots_between(now, now + Duration::days(8));

        let window = SlotConfig::DEFAULT.window(now, Some(now + Duration::minutes(ahead))).unwrap();

        prop_assert!(always_open().slots(window.start, window.end).all(|slot| listed.contains(&slot)));
    }
}
