//! What a tablet says: one text frame a line, before and after it has signed in.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};
use domain::ids::BranchId;
use domain::permissions::{Grant, Grants, Role};
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;
use ws_fanout::app::ports::Member;
use ws_fanout::app::sight::Wish;
use ws_fanout::app::view::Stream;
use ws_fanout::session::{Act, Now, RESUME_WITHIN, Session};

/// What an answer says besides what it quotes; a quoted character can take six in JSON.
const OWN_WORDS: usize = 1_000;
const QUOTED: usize = 6;

/// A client that has not signed in is told nothing; every answer to one that has is JSON and no longer than what it
/// answers allows, nothing follows a close, and the session never spins.
pub fn ws_frame(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    a_stranger_is_told_nothing(text);
    a_member_gets_json(text);
}

fn a_stranger_is_told_nothing(text: &str) {
    let now = start();
    let mut session = connected(now);
    for line in text.lines() {
        for act in session.hear(line, now) {
            let is_busy = matches!(&act, Act::Send(frame) if reason(frame.text()) == "TOO_MANY_COMMANDS");
            assert!(is_busy || matches!(act, Act::Verify(..) | Act::Close(_)), "a stranger gets {act:?}");
        }
    }
}

fn a_member_gets_json(text: &str) {
    let mut now = start();
    let mut session = connected(now);
    session.verified(None, Ok(member()), now);
    for line in text.lines() {
        let acts = session.hear(line, now);
        let closes = acts.iter().position(|act| matches!(act, Act::Close(_)));
        assert!(closes.is_none_or(|at| at + 1 == acts.len()), "something follows the end");
        for act in &acts {
            look(act);
            if let Act::Send(frame) = act {
                assert!(frame.text().len() <= OWN_WORDS + QUOTED * line.len(), "a little says too much");
            }
        }
        if closes.is_some() {
            return;
        }
        now = Now { instant: now.instant + RESUME_WITHIN, wall: now.wall + RESUME_WITHIN };
        session.tick(now).iter().for_each(look);
        assert!(session.next_wake(now) >= now.instant, "it would spin");
    }
}

fn look(act: &Act) {
    match act {
        Act::Send(frame) => assert!(!reason(frame.text()).is_empty() || frame.text().contains("\"ack\"")),
        Act::Join(join) => {
            assert!(join.sight.view(BranchId::MAIN).is_some() || join.sight.named().count() > 0);
        }
        Act::Run(_) | Act::Verify(..) | Act::Identify(_) | Act::Ping | Act::Close(_) => {}
    }
}

/// The reason that an error frame gives; empty for another frame.
fn reason(text: &str) -> String {
    let frame: Value = serde_json::from_str(text).expect("a frame of ours is JSON");
    frame.pointer("/data/reason").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn connected(now: Now) -> Session {
    let wish = Wish { stream: Stream::Tablet, branch: None, statuses: BTreeSet::new() };
    Session::new(Uuid::nil(), wish, now)
}

fn start() -> Now {
    Now { instant: Instant::now(), wall: DateTime::UNIX_EPOCH }
}

fn member() -> Member {
    Member {
        subject: "somebody".to_owned(),
        is_device: false,
        grants: Grants::new(vec![Grant::within(Role::Cook, [BranchId::MAIN])]),
        expires: DateTime::UNIX_EPOCH + TimeDelta::days(1),
        token: "token".into(),
    }
}
