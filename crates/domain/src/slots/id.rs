//! The name of a slot: its branch and the second it starts at.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::error::{ErrorKind, ServiceError};
use crate::ids::BranchId;

/// The end of the year 9999; later instants are typing errors.
const LAST_SECOND: i64 = 253_402_300_799;

/// One slot of one branch: `slot:<branch id>:<unix seconds of the start>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId {
    /// Whose slot it is.
    pub branch: BranchId,
    start: i64,
}

/// A text that names no slot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a slot id")]
pub struct NotASlotId(pub String);

impl ServiceError for NotASlotId {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidArgument
    }

    fn reason(&self) -> &'static str {
        "SLOT_ID_INVALID"
    }
}

impl SlotId {
    /// The slot of a branch that starts at an instant; slots start on whole seconds.
    pub fn new(branch: BranchId, start: DateTime<Utc>) -> Self {
        Self { branch, start: start.timestamp().clamp(0, LAST_SECOND) }
    }

    /// When the slot starts.
    pub fn start(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.start, 0).unwrap_or_default()
    }

    /// Unix seconds of the start.
    pub const fn unix(self) -> i64 {
        self.start
    }

    /// Reads an id; the short form `slot:<unix seconds>` means the default branch.
    pub fn parse(text: &str, default_branch: BranchId) -> Result<Self, NotASlotId> {
        let read = || {
            let rest = text.strip_prefix("slot:")?;
            let (branch, start) = match rest.split_once(':') {
                Some((branch, start)) => (branch.parse().ok()?, start),
                None => (default_branch, rest),
            };
            if !start.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let start = start.parse().ok().filter(|start| (0..=LAST_SECOND).contains(start))?;
            Some(Self { branch, start })
        };
        read().ok_or_else(|| NotASlotId(text.to_owned()))
    }
}

impl fmt::Display for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slot:{}:{}", self.branch, self.start)
    }
}

impl FromStr for SlotId {
    type Err = NotASlotId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, BranchId::MAIN)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slt_1_the_id_ends_in_the_unix_seconds_of_the_start() {
        let id = SlotId::new(BranchId::MAIN, "2026-02-01T10:15:00Z".parse().unwrap());

        assert_eq!(id.to_string(), "slot:01900000-0000-7000-8000-000000000001:1769940900");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.unix(), 1_769_940_900);
    }

    #[test]
    fn the_short_form_is_read_as_the_default_branch() {
        let id: SlotId = "slot:1769940900".parse().unwrap();

        assert_eq!(id, SlotId::new(BranchId::MAIN, "2026-02-01T10:15:00Z".parse().unwrap()));
    }

    #[test]
    fn what_names_no_slot_is_refused() {
        for text in
            ["", "slot:", "slot:x", "slot:-5", "slot:+5", "slot:1:2", "1769940900", "slot:99999999999999"]
        {
            assert_eq!(text.parse::<SlotId>(), Err(NotASlotId(text.to_owned())));
        }
        assert_eq!(NotASlotId(String::new()).reason(), "SLOT_ID_INVALID");
    }

    proptest! {
        #[test]
        fn two_slots_never_share_an_id(
            (one, other) in (any::<(u128, u32)>(), any::<(u128, u32)>()),
        ) {
            let slot = |(branch, start): (u128, u32)| {
                let start = DateTime::from_timestamp(i64::from(start), 0).unwrap();
                SlotId::new(BranchId::from_uuid(uuid::Uuid::from_u128(branch)), start)
            };

            prop_assert_eq!(one == other, slot(one).to_string() == slot(other).to_string());
            prop_assert_eq!(slot(one).to_string().parse(), Ok(slot(one)));
        }
    }
}
