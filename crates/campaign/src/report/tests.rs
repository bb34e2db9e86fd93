use verify::Verdict;

use super::*;
use crate::spread::Spread;

fn report() -> Report {
    let mut sound = Outcome {
        faults: vec![("kill kafka".to_owned(), 5), ("kill menu".to_owned(), 4)],
        acknowledged: 2_000,
        stored: 2_001,
        recovery: Spread { count: 9, p50: 120.0, p99: 900.0, max: 900.0 },
        ..Outcome::default()
    };
    sound.expect("T6", "acknowledgements resume within 5 s", true, "900 ms");
    let mut unsound = Outcome { acknowledged: 10, lost: 1, ..Outcome::default() };
    unsound.checks.push(crate::outcome::Check {
        number: "I1".to_owned(),
        what: "no acknowledged order is lost".to_owned(),
        verdict: Verdict::Broken { findings: vec!["order <b>7</b> is not stored".to_owned()], count: 1 },
    });
    let play = |id, outcome| Play { id, name: "things break", seed: 7, seconds: 61.5, outcome };
    let mut report = Report::new(Size::Ci, 7, Origin::here());
    report.plays = vec![play("T6", sound), play("T7", unsound)];
    report.left_out.push("T9");
    report
}

#[test]
fn one_broken_check_fails_the_campaign_and_none_proves_nothing() {
    let mut report = report();
    assert!(!report.passed());

    report.plays.pop();
    assert!(report.passed());

    report.plays.clear();
    assert!(!report.passed());
}

#[test]
fn the_text_names_seed_faults_orders_and_what_is_broken() {
    let text = report().text();

    for part in [
        "seed 7, debug build of ",
        "no time was left for T9",
        "T6   passed",
        "T7   FAILED",
        "kill kafka 5, kill menu 4",
        "2000 acknowledged, 2001 stored, 0 lost, 0 doubled",
        "p50 120 ms, p99 900 ms, max 900 ms of 9",
        "order <b>7</b> is not stored",
        "9 faults, 2010 acknowledged, 1 lost, 0 doubled",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
}

#[test]
fn the_page_stands_alone_and_shows_findings_as_text() {
    let page = page::of(&report());

    assert!(page.starts_with("<!doctype html>"));
    assert!(page.contains("order &lt;b&gt;7&lt;/b&gt; is not stored"));
    for outside in ["http://", "https://", "<script", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn the_report_is_written_in_three_forms() {
    let folder = testkit::Scratch::new("report");

    report().write(folder.path()).unwrap();

    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&read("campaign.json")).unwrap();
    assert_eq!(json["plays"][1]["outcome"]["lost"], 1);
    assert!(read("campaign.txt").contains("seed 7"));
    assert!(read("campaign.html").contains("seed 7"));
}
