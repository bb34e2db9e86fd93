use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::ids::BranchId;
use domain::permissions::{Grant, Grants, Role};
use serde_json::{Value, json};

use super::*;
use crate::app::view::Stream;

const OTHER: BranchId = BranchId::from_uuid(Uuid::from_u128(0xB));
const ID: &str = "019c1a00-0000-7000-8000-0000000000aa";

/// A session and the time it lives in.
struct Play {
    session: Session,
    now: Now,
}

fn member(role: Role, branch: BranchId) -> Member {
    Member {
        subject: "somebody".to_owned(),
        is_device: false,
        grants: Grants::new(vec![Grant::within(role, [branch])]),
        expires: DateTime::UNIX_EPOCH + TimeDelta::minutes(15),
        token: "token".into(),
    }
}

fn frame(kind: &str, data: &Value) -> String {
    json!({ "type": kind, "id": ID, "data": data }).to_string()
}

impl Play {
    fn new() -> Self {
        let now = Now { instant: Instant::now(), wall: DateTime::UNIX_EPOCH };
        let wish = Wish { stream: Stream::Tablet, branch: None, statuses: BTreeSet::new() };
        Self { session: Session::new(Uuid::nil(), wish, now), now }
    }

    fn signed_in() -> Self {
        let mut play = Self::new();
        let acts = play.session.verified(None, Ok(member(Role::Cook, BranchId::MAIN)), play.now);
        assert!(matches!(acts.as_slice(), [Act::Identify(None)]));
        play
    }

    fn running() -> Self {
        let mut play = Self::signed_in();
        let acts = play.after(RESUME_WITHIN);
        assert!(matches!(acts.as_slice(), [Act::Join(Join { position: None, greets: true, .. })]));
        play
    }

    fn after(&mut self, time: Duration) -> Vec<Act> {
        self.now.instant += time;
        self.now.wall += time;
        self.session.tick(self.now)
    }

    fn says(&mut self, kind: &str, data: &Value) -> Vec<Act> {
        self.session.hear(&frame(kind, data), self.now)
    }

    fn update(&mut self) -> Vec<Act> {
        self.says("order:status:update", &json!({"order_id": "o", "status": "cooking"}))
    }
}

fn closes(acts: &[Act]) -> Option<Close> {
    acts.iter().find_map(|act| if let Act::Close(close) = act { Some(*close) } else { None })
}

/// Type and reason of the frames that are sent.
fn sent(acts: &[Act]) -> Vec<(String, String)> {
    let texts = acts.iter().filter_map(|act| if let Act::Send(text) = act { Some(text) } else { None });
    let read = texts.map(|text| serde_json::from_str::<Value>(text.text()).unwrap());
    read.map(|frame| {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (word(&frame["type"]), word(&frame["data"]["reason"]))
    })
    .collect()
}

fn errors(acts: &[Act], reason: &str) -> bool {
    sent(acts) == [("error".to_owned(), reason.to_owned())]
}

#[test]
fn who_does_not_sign_in_within_five_seconds_is_closed() {
    let mut play = Play::new();

    assert_eq!(closes(&play.after(Duration::from_millis(4999))), None);
    assert_eq!(closes(&play.after(Duration::from_millis(1))), Some(Close::NotSignedIn));
}

#[test]
fn before_signing_in_nothing_else_is_heard() {
    for (kind, data) in [("resume", json!({"seqs": []})), ("subscribe", json!({})), ("dance", json!({}))] {
        assert_eq!(closes(&Play::new().says(kind, &data)), Some(Close::NotSignedIn), "{kind}");
    }
}

#[test]
fn a_token_may_come_in_the_first_frame() {
    let mut play = Play::new();

    let acts = play.says("auth", &json!({"token": "abc"}));

    assert!(matches!(acts.as_slice(), [Act::Verify(..)]));
}

#[test]
fn a_dead_token_and_a_foreign_branch_are_told_apart() {
    let mut play = Play::new();
    let dead =
        play.session.verified(None, Err(Box::new(Refusal::unauthenticated("NOT_SIGNED_IN", "no"))), play.now);
    let mut expired = member(Role::Cook, BranchId::MAIN);
    expired.expires = play.now.wall;
    let expired = Play::new().session.verified(None, Ok(expired), play.now);
    let mut elsewhere = Play::new();
    elsewhere.session.wish.branch = Some(OTHER);
    let foreign = elsewhere.session.verified(None, Ok(member(Role::Cook, BranchId::MAIN)), play.now);

    assert_eq!(closes(&dead), Some(Close::NotSignedIn));
    assert_eq!(closes(&expired), Some(Close::NotSignedIn));
    assert_eq!(closes(&foreign), Some(Close::NotAllowed));
}

#[test]
fn a_resume_in_time_is_the_beginning() {
    let mut play = Play::signed_in();

    let acts = play.says("resume", &json!({"seqs": ["5:7"]}));

    let [Act::Join(join)] = acts.as_slice() else { panic!("{acts:?}") };
    assert_eq!(join.position, Some(vec![Seq { partition: 5, offset: 7 }]));
    let hello: Value =
        serde_json::from_str(play.session.hello(join, false, play.now).unwrap().text()).unwrap();
    assert_eq!(hello["data"]["resumed"], false);
    assert_eq!(hello["data"]["reason"], "RESUME_REFUSED");
    assert_eq!(hello["data"]["heartbeat_ms"], 2000);
}

#[test]
fn a_malformed_position_is_a_refused_resume_not_an_error() {
    let mut play = Play::signed_in();

    let acts = play.says("resume", &json!({"seqs": ["five"]}));

    assert!(matches!(acts.as_slice(), [Act::Join(Join { position: None, wants_resume: true, .. })]));
}

#[test]
fn pings_come_every_two_seconds_and_an_unanswered_one_closes_after_ten() {
    let mut play = Play::running();

    let mut pings = 0;
    let close = loop {
        let acts = play.after(Duration::from_millis(500));
        pings += acts.iter().filter(|act| matches!(act, Act::Ping)).count();
        if let Some(close) = closes(&acts) {
            break close;
        }
        assert!(pings < 20);
    };

    assert_eq!((close, pings), (Close::TooSlow, 5));
}

#[test]
fn whoever_answers_pings_stays() {
    let mut play = Play::running();

    for _ in 0..100 {
        assert!(closes(&play.after(Duration::from_secs(2))).is_none());
        play.session.hear(r#"{"type": "pong"}"#, play.now);
    }
}

#[test]
fn whoever_answers_ever_older_pings_is_closed_when_ten_seconds_behind() {
    let mut play = Play::running();
    let mut behind = Duration::ZERO;

    // a connection that carries half of what it is told: every other ping is answered in time for the next
    while closes(&play.after(Duration::from_secs(2))).is_none() {
        behind += Duration::from_secs(1);
        assert!(behind < Duration::from_secs(11));
        if behind.as_secs().is_multiple_of(2) {
            play.session.hear(r#"{"type": "pong"}"#, play.now);
        }
    }
}

#[test]
fn the_end_of_the_token_closes_and_a_new_token_in_time_goes_on() {
    let mut play = Play::running();
    let mut renewed = member(Role::Cook, BranchId::MAIN);
    renewed.expires += TimeDelta::minutes(15);
    play.after(Duration::from_mins(14));
    play.session.ping_withheld();

    let acts = play.session.verified(Some(Uuid::nil()), Ok(renewed), play.now);

    assert_eq!(sent(&acts), [("ack".to_owned(), String::new())]);
    assert!(!acts.iter().any(|act| matches!(act, Act::Join(_))));
    assert_eq!(closes(&play.after(Duration::from_mins(2))), None);
    play.session.ping_withheld();
    assert_eq!(closes(&play.after(Duration::from_mins(14))), Some(Close::NotSignedIn));
}

#[test]
fn a_bad_token_on_a_running_stream_leaves_the_old_one_in_force() {
    let mut play = Play::running();

    let refused = Err(Box::new(Refusal::unauthenticated("TOKEN_EXPIRED", "no")));
    let acts = play.session.verified(Some(Uuid::nil()), refused, play.now);

    assert!(errors(&acts, "TOKEN_EXPIRED"));
    assert!(matches!(play.update().as_slice(), [Act::Run(_)]));
}

#[test]
fn another_persons_token_begins_the_stream_anew_with_other_columns() {
    let mut play = Play::running();

    let acts = play.session.verified(Some(Uuid::nil()), Ok(member(Role::Manager, BranchId::MAIN)), play.now);

    assert!(acts.iter().any(|act| matches!(act, Act::Join(Join { position: None, greets: false, .. }))));
}

#[test]
fn commands_run_one_after_the_other_and_eight_may_wait() {
    let mut play = Play::running();
    assert!(matches!(play.update().as_slice(), [Act::Run(_)]));
    for _ in 0..8 {
        assert!(play.update().is_empty());
    }

    assert!(errors(&play.update(), "TOO_MANY_COMMANDS"));

    let done = Ok(Done { version: 4, warnings: vec![] });
    let acts = play.session.answered(Uuid::nil(), done, play.now);
    assert!(matches!(acts.as_slice(), [Act::Send(_), Act::Run(_)]));
}

#[test]
fn a_command_before_the_stream_begins_it() {
    let mut play = Play::signed_in();

    assert!(matches!(play.update().as_slice(), [Act::Join(_), Act::Run(_)]));
}

#[test]
fn more_than_twenty_requests_a_second_are_refused() {
    let mut play = Play::running();
    for _ in 0..20 {
        play.says("subscribe", &json!({}));
    }

    assert!(errors(&play.says("subscribe", &json!({})), "TOO_MANY_COMMANDS"));

    play.now.instant += Duration::from_secs(1);
    assert!(matches!(play.says("subscribe", &json!({})).as_slice(), [Act::Join(_), Act::Send(_)]));
}

#[test]
fn the_third_unreadable_frame_in_a_minute_closes() {
    let mut play = Play::running();

    for _ in 0..2 {
        assert!(errors(&play.session.hear("nonsense", play.now), "FRAME_INVALID"));
    }
    let third = play.session.hear("nonsense", play.now);

    assert!(matches!(third.as_slice(), [Act::Send(_), Act::Close(Close::Unreadable)]));
}

#[test]
fn unreadable_frames_a_minute_apart_are_forgiven() {
    let mut play = Play::running();

    for _ in 0..5 {
        assert!(errors(&play.session.hear("nonsense", play.now), "FRAME_INVALID"));
        play.now.instant += Duration::from_secs(31);
    }
}

#[test]
fn subscribing_to_a_foreign_branch_closes() {
    let mut play = Play::running();

    let acts = play.says("subscribe", &json!({"branch_id": OTHER}));

    assert_eq!(closes(&acts), Some(Close::NotAllowed));
}

#[test]
fn items_come_with_a_later_version() {
    let mut play = Play::running();

    assert!(errors(&play.says("order:item:update", &json!({})), "ITEM_COMMANDS_NOT_AVAILABLE"));
}
