use chrono::{DateTime, Days, Duration, NaiveDate, Utc, Weekday};
use proptest::prelude::*;

use super::*;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn interval(open: &str, close: &str) -> OpeningInterval {
    OpeningInterval::new(open.parse().unwrap(), close.parse().unwrap())
}

fn daily(zone: &str, open: &str, close: &str) -> Calendar {
    let hours = OpeningHours::daily(open.parse().unwrap(), close.parse().unwrap());
    Calendar::new(hours, grid(zone))
}

fn grid(zone: &str) -> Grid {
    Grid { zone: parse_zone(zone).unwrap(), cut_off: CutOff::DEFAULT, slot_minutes: SlotMinutes::DEFAULT }
}

/// The slots whose interval opens on the evening of `date`.
fn night(calendar: &Calendar, date: &str) -> Vec<SlotTime> {
    let noon = day(date).and_hms_opt(12, 0, 0).unwrap().and_utc();
    calendar.slots_between(noon, noon + Duration::days(1))
}

#[test]
fn slt_1_the_next_quarter_of_an_hour_is_the_first_slot_after_now() {
    let calendar = daily("UTC", "00:00", "24:00");

    let starts = ["2026-02-01T10:00:00.001Z", "2026-02-01T10:14:59.999Z"].map(|now| {
        let now = utc(now);
        calendar.slots(now, now + Duration::days(7)).next().unwrap().start
    });

    assert_eq!(starts, [utc("2026-02-01T10:15:00Z"); 2]);
}

#[test]
fn slt_6_a_day_of_fourteen_hours_has_56_slots() {
    let calendar = daily("Asia/Novosibirsk", "09:45", "23:45");

    let slots = calendar.slots_between(utc("2026-02-01T02:00:00Z"), utc("2026-02-01T17:00:00Z"));

    assert_eq!(slots.len(), 56);
    assert_eq!(slots[0].start, utc("2026-02-01T02:45:00Z"));
    assert_eq!(slots[0].business_date, "2026-02-01".parse().unwrap());
}

#[test]
fn slt_7_the_last_slot_of_a_day_is_followed_by_the_first_of_the_next() {
    let calendar = daily("Asia/Novosibirsk", "09:45", "23:45");
    let now = utc("2026-02-01T16:40:00Z");

    let next = calendar.slots(now, now + Duration::days(7)).next().unwrap();

    assert_eq!(next.start, utc("2026-02-02T02:45:00Z"));
}

#[test]
fn slt_8_a_night_with_a_clock_change_has_an_hour_less_or_more() {
    let calendar = daily("Europe/Berlin", "18:00", "04:00");

    let nights = ["2026-03-27", "2026-03-28", "2026-10-24"].map(|date| night(&calendar, date).len());

    assert_eq!(nights, [40, 36, 44]);
}

#[test]
fn slt_9_an_opening_that_the_clock_skips_is_the_first_instant_after_the_gap() {
    let calendar = daily("Europe/Berlin", "02:30", "10:00");

    let slots = calendar.slots_between(utc("2026-03-29T00:00:00Z"), utc("2026-03-29T12:00:00Z"));

    assert_eq!(slots[0].start, utc("2026-03-29T01:00:00Z"));
    assert_eq!(slots.len(), 28);
}

#[test]
fn slt_10_slots_of_one_night_belong_to_two_business_dates() {
    let calendar = daily("Europe/Moscow", "18:00", "06:00");

    let dates = ["2026-01-31T21:30:00Z", "2026-02-01T00:45:00Z", "2026-02-01T01:00:00Z"]
        .map(|start| calendar.slot_at(utc(start)).unwrap().business_date.to_string());

    assert_eq!(dates, ["2026-01-31", "2026-01-31", "2026-02-01"]);
}

#[test]
fn brn_3_hours_from_the_environment_give_56_and_96_slots() {
    let midnight = utc("2026-02-01T00:00:00Z");

    let short = daily("UTC", "02:45", "16:45").slots_between(midnight, midnight + Duration::days(1));
    let whole = daily("UTC", "00:00", "23:59").slots_between(midnight, midnight + Duration::days(1));

    assert_eq!((short.len(), short[0].start), (56, utc("2026-02-01T02:45:00Z")));
    assert_eq!(whole.len(), 96);
}

#[test]
fn an_exception_that_meets_the_night_before_starts_where_it_ends() {
    let night =
        ["Fri", "Sat"].map(|weekday| (weekday.parse::<Weekday>().unwrap(), interval("18:00", "04:00")));
    let saturday_morning = (day("2026-02-07"), vec![interval("02:10", "10:00")]);
    let calendar = Calendar::new(OpeningHours::new(night, [saturday_morning]), grid("UTC"));

    let slots = calendar.slots_between(utc("2026-02-07T03:30:00Z"), utc("2026-02-08T04:00:00Z"));

    let starts: Vec<_> = slots.iter().map(|slot| slot.start.format("%H:%M").to_string()).collect();
    assert_eq!(starts[..4], ["03:30", "03:45", "04:00", "04:15"]);
    assert_eq!(starts.last().unwrap(), "09:45");
}

#[test]
fn a_new_slot_length_cuts_from_the_start_of_its_business_date() {
    let halves = Grid { slot_minutes: SlotMinutes::new(30).unwrap(), ..grid("UTC") };
    let calendar = daily("UTC", "00:00", "24:00").changing("2026-02-02".parse().unwrap(), halves);

    let slots = calendar.slots_between(utc("2026-02-02T03:30:00Z"), utc("2026-02-02T05:00:00Z"));

    let minutes: Vec<_> = slots.iter().map(|slot| (slot.end - slot.start).num_minutes()).collect();
    assert_eq!(minutes, [15, 15, 30, 30]);
}

#[test]
fn a_later_announcement_replaces_those_for_later_dates() {
    let minutes = |length| Grid { slot_minutes: SlotMinutes::new(length).unwrap(), ..grid("UTC") };
    let calendar = daily("UTC", "00:00", "24:00")
        .changing("2026-02-05".parse().unwrap(), minutes(60))
        .changing("2026-02-03".parse().unwrap(), minutes(30));

    assert_eq!(calendar.last_grid(), minutes(30));
    assert_eq!(calendar.grid_at(utc("2026-02-06T00:00:00Z")), minutes(30));
    assert_eq!(calendar.grid_at(utc("2026-02-03T03:59:59Z")), grid("UTC"));
    assert_eq!(calendar.start_of("2026-02-03".parse().unwrap()), utc("2026-02-03T04:00:00Z"));
}

#[test]
fn an_announcement_for_the_same_date_replaces_the_one_before() {
    let minutes = |length| Grid { slot_minutes: SlotMinutes::new(length).unwrap(), ..grid("UTC") };
    let date = "2026-02-03".parse().unwrap();

    let calendar = daily("UTC", "00:00", "24:00").changing(date, minutes(60)).changing(date, minutes(30));

    assert_eq!(calendar, daily("UTC", "00:00", "24:00").changing(date, minutes(30)));
}

#[test]
fn an_earlier_announcement_stays_when_one_for_a_later_date_comes() {
    let minutes = |length| Grid { slot_minutes: SlotMinutes::new(length).unwrap(), ..grid("UTC") };

    let calendar = daily("UTC", "00:00", "24:00")
        .changing("2026-02-03".parse().unwrap(), minutes(30))
        .changing("2026-02-05".parse().unwrap(), minutes(60));

    assert_eq!(calendar.grid_at(utc("2026-02-04T12:00:00Z")), minutes(30));
    assert_eq!(calendar.grid_at(utc("2026-02-05T12:00:00Z")), minutes(60));
}

#[test]
fn a_business_date_begins_at_the_cut_off_that_holds_by_then() {
    let at_six = Grid { cut_off: CutOff::new("06:00".parse().unwrap()).unwrap(), ..grid("UTC") };

    let calendar = daily("UTC", "00:00", "24:00").changing("2026-02-03".parse().unwrap(), at_six);

    let begins = |date: &str| calendar.start_of(date.parse().unwrap());
    assert_eq!(begins("2026-02-02"), utc("2026-02-02T04:00:00Z"));
    assert_eq!(begins("2026-02-03"), utc("2026-02-03T06:00:00Z"));
    assert_eq!(begins("2026-02-04"), utc("2026-02-04T06:00:00Z"));
}

#[test]
fn the_clock_changes_with_zone_and_cut_off_and_not_with_the_slots() {
    let new_york = Grid { zone: chrono_tz::America::New_York, ..grid("UTC") };
    let halves = Grid { slot_minutes: SlotMinutes::new(30).unwrap(), ..new_york };
    let whole = daily("UTC", "00:00", "24:00");

    let moved = whole.clone().changing("2026-02-03".parse().unwrap(), new_york);
    let cut = moved.clone().changing("2026-02-05".parse().unwrap(), halves);

    assert_eq!(whole.last_clock_change(), None);
    assert_eq!(moved.last_clock_change(), Some("2026-02-03".parse().unwrap()));
    assert_eq!(cut.last_clock_change(), Some("2026-02-03".parse().unwrap()));
}

#[test]
fn new_hours_keep_the_grids() {
    let halves = Grid { slot_minutes: SlotMinutes::new(30).unwrap(), ..grid("UTC") };
    let evening = OpeningHours::daily("18:00".parse().unwrap(), "22:00".parse().unwrap());

    let calendar = Calendar::new(OpeningHours::daily(DayTime::MIDNIGHT, DayTime::END), halves);
    let calendar = calendar.with_hours(evening.clone());

    assert_eq!(calendar.hours(), &evening);
    assert_eq!(calendar.last_grid(), halves);
    assert_eq!(halves.slot_minutes.to_string(), "30");
}

#[test]
fn faults_of_a_calendar_have_reasons_of_their_own() {
    use crate::error::ServiceError as _;

    assert_eq!(parse_zone("Moscow").unwrap_err().reason(), "TIME_ZONE_UNKNOWN");
    assert_eq!(CalendarError::CutOff.reason(), "CUT_OFF_INVALID");
    assert_eq!(CalendarError::TooShort { day: String::new() }.reason(), "OPENING_HOURS_INVALID");
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    let zones = ["UTC", "Europe/Berlin", "America/New_York", "Atlantic/Azores", "Australia/Lord_Howe"];
    let interval = (0_u16..1_440, 0_u16..=1_440).prop_map(|(open, close)| {
        OpeningInterval::new(DayTime::from_minutes(open).unwrap(), DayTime::from_minutes(close).unwrap())
    });
    let week = proptest::collection::vec((0_u8..7, interval), 1..12).prop_map(|intervals| {
        let weekly = intervals.into_iter().map(|(day, open)| (Weekday::try_from(day).unwrap(), open));
        OpeningHours::new(weekly, [])
    });
    let lengths = proptest::sample::select(SlotMinutes::ALLOWED.to_vec());
    (week, proptest::sample::select(zones.to_vec()), lengths).prop_map(|(hours, zone, length)| {
        let slot_minutes = SlotMinutes::new(length).unwrap();
        Calendar::new(hours, Grid { slot_minutes, ..grid(zone) })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn slots_never_overlap_whatever_the_hours_and_the_night(calendar in any_calendar(), days in 0_u64..365) {
        let from = utc("2026-01-01T00:00:00Z") + Days::new(days);

        let slots = calendar.slots_between(from, from + Days::new(3));

        let length = Duration::minutes(i64::from(calendar.last_grid().slot_minutes.get()));
        prop_assert!(slots.iter().all(|slot| slot.end - slot.start == length));
        prop_assert!(slots.windows(2).all(|pair| pair[0].end <= pair[1].start));
    }

    #[test]
    fn every_slot_is_found_again_by_its_start_and_from_any_moment_before(
        calendar in any_calendar(),
        days in 0_u64..365,
        minutes in 0_i64..1_440,
    ) {
        let from = utc("2026-01-01T00:00:00Z") + Days::new(days);
        let later = from + Duration::minutes(minutes);
        let to = from + Days::new(2);

        let listed = calendar.slots_between(from, to);

        let seen_later: Vec<_> = listed.iter().copied().filter(|slot| slot.start >= later).collect();
        prop_assert_eq!(calendar.slots_between(later, to), seen_later);
        prop_assert!(listed.iter().all(|slot| calendar.slot_at(slot.start) == Some(*slot)));
    }

    #[test]
    fn a_slot_lies_within_its_business_date(calendar in any_calendar(), days in 0_u64..365) {
        let from = utc("2026-01-01T00:00:00Z") + Days::new(days);

        for slot in calendar.slots_between(from, from + Days::new(2)) {
            prop_assert!(calendar.start_of(slot.business_date) <= slot.start);
            prop_assert!(slot.start < calendar.start_of(slot.business_date.next()));
        }
    }
}
