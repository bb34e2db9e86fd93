use serde_json::Value;

use super::fixture::report;
use super::*;

#[test]
fn the_table_is_sorted_by_number_and_says_whether_goals_hold() {
    let text = report().text();

    let rows: Vec<&str> = text.lines().filter(|line| line.contains(" .. ")).collect();
    assert!(rows[0].starts_with("P1 ") && rows[0].ends_with("reached"), "{text}");
    assert!(rows[1].starts_with("P12") && rows[1].ends_with("void"), "{text}");
    assert!(rows[0].contains("6400 orders/s") && rows[0].contains(">= 0.7"), "{text}");
    assert!(text.contains("void: 1 order is lost"));
    assert!(text.contains("P9 could not be measured: PostgreSQL does not answer"));
    assert!(text.contains("rustc 1.95.0"));
}

#[test]
fn programs_get_the_rounds_and_what_follows_from_them() {
    let document: Value = serde_json::from_str(&json::of(&report()).unwrap()).unwrap();

    let first = &document["figures"][0];
    assert_eq!(first["goal"]["id"], "P1");
    assert_eq!(first["verdict"], "reached");
    assert_eq!(first["rounds"].as_array().unwrap().len(), 3);
    assert!((first["ratio"].as_f64().unwrap() - 0.8).abs() < 1e-9);
    assert!(first["interval"][0].as_f64().unwrap() >= 0.78);
    assert_eq!(document["is_sound"], false);
}

#[test]
fn the_page_needs_nothing_from_elsewhere_and_escapes_what_it_shows() {
    let page = html::of(&report());

    assert!(page.contains("the table &lt;orders&gt; rests") && page.contains("ours &amp; floor"));
    assert_eq!(page.matches("<svg").count(), 2);
    assert!(page.contains("prefers-color-scheme:dark"));
    for from_elsewhere in ["src=", "href=", "http:", "https:", "@import", "url("] {
        assert!(!page.contains(from_elsewhere), "{from_elsewhere}");
    }
}

#[test]
fn a_run_is_sound_when_everything_was_measured_and_counts() {
    let mut sound = report();
    sound.failures.clear();
    sound.figures.retain(|figure| figure.void.is_none());

    assert!(sound.is_sound());
    assert!(!report().is_sound());
    assert!(!Report { figures: Vec::new(), ..sound }.is_sound());
}

#[test]
fn numbers_are_short_and_never_in_powers_of_ten() {
    assert_eq!([1234.5, 12.34, 1.234, 0.1234].map(short), ["1234", "12.3", "1.23", "0.123"]);
    assert_eq!(short(f64::NAN), "-");
}
