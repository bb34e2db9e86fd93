//! Faults in what clients were told and screens were shown.

use testkit::{BRANCH_MAIN, BRANCH_NOVOSIBIRSK};
use verify::{Entry, Frames, Journal, Outcome, Seen};

use super::{Fault, Plant, fault};
use crate::day::Day;

const NOBODYS: &str = "01900000-0000-7000-8000-00000000dead";

pub fn faults(day: &Day) -> Vec<Fault> {
    let mut faults = of_clients(day);
    faults.extend(of_screens(day));
    faults
}

fn of_clients(day: &Day) -> Vec<Fault> {
    let large = day.order("large");
    let with = |change: &dyn Fn(&mut Entry)| {
        let mut journal = day.journal.clone();
        let mut entry = journal.entries.iter().find(|entry| entry.key == "large").unwrap().clone();
        change(&mut entry);
        journal.note(entry);
        Plant::Journal(journal)
    };
    let id = |id: &str| Outcome::Acknowledged { order_id: id.to_owned() };
    vec![
        fault(
            "an order that nobody stored was acknowledged",
            with(&|entry| (entry.key, entry.outcome) = ("lost".to_owned(), id(NOBODYS))),
            &["I1"],
            "is not stored",
        ),
        fault(
            "an order was acknowledged for another branch",
            with(&|entry| BRANCH_NOVOSIBIRSK.clone_into(&mut entry.branch)),
            &["I1"],
            "was acknowledged for branch",
        ),
        fault(
            "an order was acknowledged for two keys",
            with(&|entry| "another".clone_into(&mut entry.key)),
            &["I1"],
            "was acknowledged for key \"another\"",
        ),
        fault(
            "a key was acknowledged with two orders",
            with(&|entry| (entry.roubles, entry.outcome) = (0, id(day.order("set")))),
            &["I1", "I2"],
            "the key \"large\" was acknowledged with orders",
        ),
        fault(
            "a refused order is stored",
            Plant::Journal(refused(&day.journal, large)),
            &["I3"],
            "was refused (SLOT_FULL)",
        ),
        fault(
            "an answer named another price",
            with(&|entry| entry.roubles += 1),
            &["I6"],
            "was acknowledged for",
        ),
    ]
}

fn refused(journal: &Journal, order: &str) -> Journal {
    let mut journal = journal.clone();
    for entry in journal.entries.iter_mut().filter(|entry| entry.order_id() == Some(order)) {
        entry.outcome = Outcome::Refused { reason: "SLOT_FULL".to_owned() };
    }
    journal
}

fn of_screens(day: &Day) -> Vec<Fault> {
    let tablet = |change: &dyn Fn(&mut Vec<Seen>)| {
        let mut frames: Frames = day.frames.clone();
        change(&mut frames.screens[0].seen);
        Plant::Frames(frames)
    };
    let (plain, large) = (day.order("plain"), day.order("large"));
    let is = |seen: &Seen, order: &str, version: i64| seen.order_id == order && seen.version == version;
    let last =
        day.frames.screens[0].seen.iter().filter(|seen| seen.order_id == plain).map(|seen| seen.version);
    let last = last.max().unwrap();
    let place = |seen: &[Seen], version| seen.iter().position(|seen| is(seen, plain, version)).unwrap();
    let foreign = |branch: &str| Seen {
        order_id: day.order("far").to_owned(),
        version: 1,
        branch: branch.to_owned(),
        snapshot: false,
    };
    vec![
        fault(
            "a screen was never shown an order",
            tablet(&|seen| seen.retain(|seen| seen.order_id != large)),
            &["I7"],
            "tablet was never shown order",
        ),
        fault(
            "a screen missed the last state of an order",
            tablet(&|seen| seen.retain(|seen| !is(seen, plain, last))),
            &["I7"],
            "up to version",
        ),
        fault(
            "a screen missed a state in between",
            tablet(&|seen| seen.retain(|seen| !is(seen, plain, 2))),
            &["I7"],
            "after 1",
        ),
        fault(
            "a screen was shown a state twice",
            tablet(&|seen| seen.push(seen[place(seen, last)].clone())),
            &["I7"],
            "was shown version",
        ),
        fault(
            "a screen was shown states in the wrong order",
            tablet(&|seen| {
                let (one, other) = (place(seen, last), place(seen, last - 1));
                seen.swap(one, other);
            }),
            &["I7"],
            "was shown version",
        ),
        fault(
            "a snapshot went back in time",
            tablet(&|seen| seen.push(Seen { version: 1, snapshot: true, ..seen[place(seen, last)].clone() })),
            &["I7"],
            "was shown version 1 of order",
        ),
        fault(
            "a screen was shown an order that is none",
            tablet(&|seen| {
                let order_id = NOBODYS.to_owned();
                seen.push(Seen { order_id, version: 1, branch: BRANCH_MAIN.to_owned(), snapshot: false });
            }),
            &["I7"],
            "which is not stored",
        ),
        fault(
            "a screen was shown an order of another branch",
            tablet(&|seen| seen.push(foreign(BRANCH_NOVOSIBIRSK))),
            &["I8"],
            "tablet was shown order",
        ),
        fault(
            "a frame calls another branch's order its own",
            tablet(&|seen| seen.push(foreign(BRANCH_MAIN))),
            &["I8"],
            "(the frame says",
        ),
    ]
}
