//! The day holds, whoever looks; then each fault, in a copy of the day, breaks what it is about.

use std::process::Command;
use std::time::{Duration, Instant};

use testkit::eventually;
use verify::{Expected, Verdict, verify, verify_at_once};

use crate::copies::Copies;
use crate::day::Day;
use crate::faults::{self, Fault, Plant};

const NOTHING: Expected = Expected { dead_letters: 0 };

/// One test, because there is one day: a system takes longer to start than all faults to plant.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_a_real_system_holds_and_every_planted_fault_breaks_exactly_its_invariant() {
    let day = Day::live().await;
    let began = Instant::now();
    holds(&day).await;
    let mut copies = Copies::of(&day).await;
    let mut wrong = Vec::new();
    for fault in faults::all(&day) {
        if let Err(said) = breaks(&day, &mut copies, &fault).await {
            wrong.push(format!("{} should break {:?}:\n{said}", fault.name, fault.breaks));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("the faults took {:?}", began.elapsed());
    leaves_it_to_a_second_look(&day, &mut copies).await;
    tells_people(&day);
    let rest = verify::settled(&day.stores(), Duration::from_secs(1)).await.unwrap_err();
    assert!(format!("{rest:#}").contains("slot-scheduler has to read order-events/"), "{rest:#}");
}

/// Nothing is broken, nothing is skipped, and there was something to look at everywhere.
async fn holds(day: &Day) {
    let report = verify(&day.stores(), Some(&day.journal), Some(&day.frames), &NOTHING).await.unwrap();
    assert!(report.holds(), "{report}");
    for (number, _, verdict) in &report.checks {
        assert!(matches!(verdict, Verdict::Holds { checked: 1.. }), "{number} {verdict}");
    }
    let sampled = verify::sample_loads(&day.stores()).await.unwrap();
    assert!(sampled.is_empty(), "{sampled:?}");
    let alone = verify_at_once(&day.stores(), None, None, &NOTHING).await.unwrap();
    assert!(alone.holds(), "{alone}");
    for number in ["I3", "I7", "I8"] {
        assert!(matches!(alone.verdict(number), Some(Verdict::Skipped { .. })), "{alone}");
    }
    verify::settled(&day.stores(), Duration::from_secs(5)).await.unwrap();
}

/// Whether the fault breaks what it is about, nothing else, and the report says why.
async fn breaks(day: &Day, copies: &mut Copies, fault: &Fault) -> Result<(), String> {
    let stores = copies.next().await;
    let (mut journal, mut frames) = (day.journal.clone(), day.frames.clone());
    match &fault.plant {
        Plant::Sql(sql) => Copies::sql(&stores, sql).await,
        Plant::Redis(commands) => {
            for command in commands.lines() {
                copies.redis(command).await;
            }
        }
        Plant::Journal(changed) => journal = changed.clone(),
        Plant::Frames(changed) => frames = changed.clone(),
        Plant::Log(record) => day.tell(record.clone()).await,
    }
    let expected = Expected { dead_letters: fault.dead_letters };
    let report = verify_at_once(&stores, Some(&journal), Some(&frames), &expected).await.unwrap();
    let about_loads = fault.breaks.iter().any(|number| matches!(*number, "I4" | "I5"));
    let sampled = if about_loads { verify::sample_loads(&stores).await.unwrap() } else { Vec::new() };
    copies.drop_last().await;
    if report.broken() != fault.breaks || !report.to_string().contains(fault.says) {
        return Err(format!("and say {:?}, but\n{report}", fault.says));
    }
    if sampled.is_empty() == fault.shows_in_samples {
        return Err(format!("samples say {sampled:?}"));
    }
    Ok(())
}

/// What goes by itself is no finding.
async fn leaves_it_to_a_second_look(day: &Day, copies: &mut Copies) {
    let stores = copies.next().await;
    copies.redis("RENAME|orders:epoch|orders-epoch").await;
    copies.redis("CONFIG|RESETSTAT").await;
    let repair = async {
        // the copies are read after the epoch
        let looked = async || copies.was_asked("ttl").await;
        eventually("the first look has found no epoch", Duration::from_secs(20), looked).await;
        copies.redis("RENAME|orders-epoch|orders:epoch").await;
    };
    let (report, ()) = tokio::join!(verify(&stores, Some(&day.journal), None, &NOTHING), repair);
    let report = report.unwrap();
    // the log is broken by the faults before
    assert_eq!(report.broken(), ["I1", "I12"], "{report}");
    copies.drop_last().await;
}

/// The program prints the table, and ends with 1 when something is broken, with 2 when it cannot look.
fn tells_people(day: &Day) {
    let file = std::env::temp_dir().join(format!("journal-{}.jsonl", std::process::id()));
    day.journal.save(&file).unwrap();
    let stores = day.stores();
    let run = |brokers: &str, words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_verify"))
            .args(words)
            .env("DATABASE_URL", &stores.database_url)
            .env("REDIS_URL", &stores.redis_url)
            .env("KAFKA_BROKERS", brokers)
            .env("KAFKA_TOPIC_PREFIX", &stores.topic_prefix)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, table) = run(&stores.brokers, &["--journal", file.to_str().unwrap(), "--watch", "1"]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(code, Some(1), "{table}");
    assert!(
        table.contains("I3   what was refused is no order                            holds (1 checked)"),
        "{table}"
    );
    assert!(table.contains("BROKEN"), "{table}");
    assert_eq!(run("nowhere", &["--journal", "/no/such/file"]).0, Some(2));
}
