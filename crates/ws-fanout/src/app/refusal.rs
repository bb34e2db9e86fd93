//! A refusal as a client reads it: the same words as in REST.

use serde::Serialize;
use serde_json::{Value, json};

/// Why a frame or a command was not carried out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refusal {
    /// gRPC code in upper snake case.
    pub code: String,
    /// Which rule was met, in upper snake case.
    pub reason: String,
    /// For people.
    pub message: String,
    /// As in REST.
    pub details: Vec<Value>,
    /// The order as it truly is, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Value>,
}

impl Refusal {
    /// A refusal of this service's own.
    pub fn new(code: &str, reason: &str, message: impl Into<String>) -> Self {
        let detail = json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason, "domain": "pizzeria", "metadata": {},
        });
        Self {
            code: code.to_owned(),
            reason: reason.to_owned(),
            message: message.into(),
            details: vec![detail],
            order: None,
        }
    }

    /// What was sent is no frame.
    pub fn frame_invalid(why: impl Into<String>) -> Self {
        Self::new("INVALID_ARGUMENT", "FRAME_INVALID", why)
    }

    /// More commands than a person can give.
    pub fn too_many_commands() -> Self {
        Self::new("RESOURCE_EXHAUSTED", "TOO_MANY_COMMANDS", "too many commands at once, send this one again")
    }

    /// Commands for single items.
    pub fn items_come_later() -> Self {
        let why = "this version moves whole orders; items come with a later one";
        Self::new("UNIMPLEMENTED", "ITEM_COMMANDS_NOT_AVAILABLE", why)
    }

    /// Stations.
    pub fn stations_come_later() -> Self {
        let why = "this version knows no stations: it shows every order of the branch whole";
        Self::new("UNIMPLEMENTED", "STATIONS_NOT_AVAILABLE", why)
    }

    /// What this service cannot know: the order book said no without a word.
    pub fn unexplained() -> Self {
        Self::new("INTERNAL", "INTERNAL", "internal error")
    }

    /// A token that is no good.
    pub fn unauthenticated(reason: &str, why: impl std::fmt::Display) -> Self {
        Self::new("UNAUTHENTICATED", reason, why.to_string())
    }

    /// The order book does not answer.
    pub fn dependency_down() -> Self {
        Self::new("UNAVAILABLE", "DEPENDENCY_DOWN", "the order book does not answer, send the command again")
    }
}
