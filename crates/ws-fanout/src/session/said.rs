//! What clients say: frames read, and nothing checked twice.

use std::collections::BTreeSet;

use contracts::orders::v1::UpdateOrderStatusRequest;
use domain::ids::BranchId;
use domain::orders::status::OrderStatus;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::app::refusal::Refusal;
use crate::app::seq::Seq;

/// Of a client's words in an answer, in characters.
const MOST_QUOTED: usize = 40;
/// Of a refusal.
const MOST_SAID: usize = 300;

/// One frame of a client.
#[derive(Debug)]
pub enum Said {
    /// The answer to a ping.
    Pong,
    /// Everything else carries an id that its answer names.
    Request(Uuid, Request),
}

/// What a client wants.
#[derive(Debug)]
pub enum Request {
    /// To sign in, or to go on with another token.
    Auth(SecretString),
    /// To get what it missed since these positions; `None` when they make no sense.
    Resume(Option<Vec<Seq>>),
    /// To see another part.
    Subscribe { branch: Option<BranchId>, statuses: BTreeSet<OrderStatus> },
    /// To move an order.
    UpdateOrder(Box<UpdateOrderStatusRequest>),
    /// What a later version will do.
    NotYet(Box<Refusal>),
}

/// What is no frame; a client that keeps sending such is not one of ours.
#[derive(Debug)]
pub struct NotSaid {
    /// Its id, if it could be read.
    pub id: Option<Uuid>,
    /// Why.
    pub refusal: Box<Refusal>,
}

#[derive(Deserialize)]
struct Envelope {
    r#type: String,
    id: Option<String>,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthData {
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResumeData {
    seqs: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SubscribeData {
    branch_id: Option<BranchId>,
    station_id: Option<String>,
    statuses: Vec<String>,
    items: Option<String>,
}

impl Said {
    /// Reads a text frame.
    pub fn read(text: &str) -> Result<Self, NotSaid> {
        let envelope: Envelope =
            serde_json::from_str(text).map_err(|fault| no_frame(None, format!("no frame: {fault}")))?;
        if envelope.r#type == "pong" {
            return Ok(Self::Pong);
        }
        let id = envelope.id.as_deref().and_then(|id| Uuid::try_parse(id).ok());
        let id = id.ok_or_else(|| no_frame(None, "`id` must be a UUID"))?;
        let request = match envelope.r#type.as_str() {
            "auth" => Request::Auth(data::<AuthData>(id, envelope.data)?.token.into()),
            "resume" => Request::Resume(positions(&data::<ResumeData>(id, envelope.data)?)),
            "subscribe" => subscribe(id, envelope.data)?,
            "order:status:update" => Request::UpdateOrder(data(id, envelope.data)?),
            "order:item:update" | "order:items:update" => not_yet(Refusal::items_come_later()),
            other => {
                return Err(no_frame(Some(id), format!("unknown type `{}`", shortened(other, MOST_QUOTED))));
            }
        };
        Ok(Self::Request(id, request))
    }
}

impl NotSaid {
    /// A message that is no text, or a text longer than any frame.
    pub fn unreadable(why: &'static str) -> Self {
        no_frame(None, why)
    }
}

fn subscribe(id: Uuid, data: Value) -> Result<Request, NotSaid> {
    let wish = if data.is_null() { SubscribeData::default() } else { self::data::<SubscribeData>(id, data)? };
    if wish.station_id.is_some() || wish.items.is_some_and(|items| items != "all") {
        return Ok(not_yet(Refusal::stations_come_later()));
    }
    let statuses: Option<BTreeSet<_>> = wish.statuses.iter().map(|name| OrderStatus::parse(name)).collect();
    let statuses = statuses.ok_or_else(|| no_frame(Some(id), "data.statuses: unknown status"))?;
    Ok(Request::Subscribe { branch: wish.branch_id, statuses })
}

/// Positions that are none make the client start anew, as too old ones do.
fn positions(resume: &ResumeData) -> Option<Vec<Seq>> {
    resume.seqs.iter().map(|seq| seq.parse().ok()).collect()
}

fn data<T: DeserializeOwned>(id: Uuid, data: Value) -> Result<T, NotSaid> {
    serde_json::from_value(data).map_err(|fault| no_frame(Some(id), format!("data: {fault}")))
}

fn no_frame(id: Option<Uuid>, why: impl AsRef<str>) -> NotSaid {
    // serde repeats what it was given
    NotSaid { id, refusal: Box::new(Refusal::frame_invalid(shortened(why.as_ref(), MOST_SAID))) }
}

fn not_yet(refusal: Refusal) -> Request {
    Request::NotYet(Box::new(refusal))
}

fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019c1a00-0000-7000-8000-0000000000aa";

    fn read(kind: &str, data: &str) -> Result<Said, NotSaid> {
        Said::read(&format!(r#"{{"type": "{kind}", "id": "{ID}", "data": {data}}}"#))
    }

    #[test]
    fn frames_of_the_contract_are_read() {
        let branch = "01900000-0000-7000-8000-000000000001";
        assert!(matches!(Said::read(r#"{"type": "pong"}"#), Ok(Said::Pong)));
        assert!(matches!(read("auth", r#"{"token": "x"}"#), Ok(Said::Request(_, Request::Auth(_)))));
        let subscribe = format!(r#"{{"branch_id": "{branch}", "statuses": ["ready"], "items": "all"}}"#);
        let Ok(Said::Request(_, Request::Subscribe { branch: Some(read_branch), statuses })) =
            read("subscribe", &subscribe)
        else {
            panic!("not read");
        };
        assert_eq!((read_branch.to_string().as_str(), statuses.len()), (branch, 1));
        let update = r#"{"order_id": "o", "status": "cooking", "expected_version": 3}"#;
        let Ok(Said::Request(id, Request::UpdateOrder(update))) = read("order:status:update", update) else {
            panic!("not read");
        };
        assert_eq!((id.to_string().as_str(), update.expected_version), (ID, Some(3)));
    }

    #[test]
    fn positions_that_are_none_are_not_an_error() {
        let resume = |seqs: &str| match read("resume", &format!(r#"{{"seqs": {seqs}}}"#)) {
            Ok(Said::Request(_, Request::Resume(position))) => position,
            other => panic!("{other:?}"),
        };

        assert_eq!(resume(r#"["5:10482", "2:777"]"#).map(|seqs| seqs.len()), Some(2));
        assert_eq!(resume(r#"["five"]"#), None);
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        for text in ["", "[]", "{}", r#"{"type": "resume"}"#, r#"{"type": "auth", "id": "7", "data": {}}"#] {
            let refused = Said::read(text).unwrap_err();
            assert_eq!(refused.refusal.reason, "FRAME_INVALID", "{text}");
        }
        for (kind, data) in [("dance", "{}"), ("auth", "{}"), ("resume", "7"), ("subscribe", r#"{"x": 1}"#)] {
            assert_eq!(read(kind, data).unwrap_err().refusal.reason, "FRAME_INVALID", "{kind}");
        }
    }

    #[test]
    fn a_refusal_is_short_whatever_was_said() {
        let long = "x".repeat(60_000);
        for (kind, data) in [
            (long.as_str(), "{}".to_owned()),
            ("auth", format!(r#"{{"token": "t", "{long}": 1}}"#)),
            ("subscribe", format!(r#"{{"branch_id": "{long}"}}"#)),
        ] {
            let refused = read(kind, &data).unwrap_err();
            assert!(
                refused.refusal.message.chars().count() <= 320,
                "{} characters",
                refused.refusal.message.len()
            );
        }
    }

    #[test]
    fn what_comes_with_a_later_version_is_no_fault_of_the_client() {
        let reason = |kind: &str, data: &str| match read(kind, data) {
            Ok(Said::Request(_, Request::NotYet(refusal))) => refusal.reason,
            other => panic!("{other:?}"),
        };

        assert_eq!(reason("order:item:update", "{}"), "ITEM_COMMANDS_NOT_AVAILABLE");
        assert_eq!(reason("subscribe", r#"{"station_id": "7"}"#), "STATIONS_NOT_AVAILABLE");
    }
}
